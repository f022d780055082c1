/**
 * One readable event of a batch on its way through rating.
 *
 * Shape       made once a record with all its fields, so that the engine sees one shape; `rating`
 *             and `outcome` change while the batch runs, nothing else does. The event itself is not
 *             kept: its bytes are, and the rare path that needs more decodes them again.
 */
import { Defect } from '@suanpan/event-sourcing';
import type { UsageRecorded } from '@suanpan/messages';
import { decode } from '@suanpan/messages';
import type { LoggedRecord } from '@suanpan/platform-kafka';
import type { MeteredUsage, Rated, Unpriced } from '@suanpan/pricing';
import type { Dimensions } from './dimensions.js';

/** In which one of I1's places the event ends. */
export type Outcome = 'open' | 'rated' | 'unpriced' | 'duplicate' | 'conflict';

export interface Candidate extends MeteredUsage {
  readonly record: LoggedRecord;
  readonly partition: number;
  readonly source: string;
  readonly id: string;
  /** 16 bytes as latin1 text: compares and hashes faster than a Buffer. */
  readonly identity: string;
  /** 64 hex digits. */
  readonly payloadHash: string;
  readonly dims: Dimensions;
  /** The optional fields as JSON. */
  readonly extra: string | null;
  rating: Rated | Unpriced;
  outcome: Outcome;
}

/** A record that no event can be read from. */
export interface PoisonRecord {
  readonly record: LoggedRecord;
  readonly partition: number;
  readonly reason: string;
  readonly detail: string;
  readonly tenant: string | null;
  readonly party: string | null;
  readonly source: string | null;
  readonly id: string | null;
}

/** The two int8 halves of an identity. */
export const halvesOf = (identity: string): readonly [h1: bigint, h2: bigint] => {
  const bytes = Buffer.from(identity, 'latin1');
  return [bytes.readBigInt64BE(0), bytes.readBigInt64BE(8)];
};

/** The whole event, read from its bytes once more. */
export const eventAgain = ({ record, id }: Candidate): UsageRecorded => {
  const message = decode(record.value);
  if (message.type !== 'usage.recorded') throw new Defect('NOT_USAGE', `${id} is ${message.type}.`);
  return message.value;
};
