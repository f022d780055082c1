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
import type { CorrectionName } from '../corrections/correction-name.js';
import type { Dimensions } from './dimensions.js';
import type { Place, Tally } from './places.js';
import type { Effect } from './sums.js';

/** In which one of I1's places the event ends. */
export type Outcome = 'open' | Place;

/** What an event did to other events' places and sums: only corrections, and calls that some wait for. */
export interface Aftermath {
  readonly effects: Effect[];
  readonly tallies: Tally[];
}

export interface Candidate extends MeteredUsage {
  readonly record: LoggedRecord;
  readonly partition: number;
  readonly source: string;
  readonly id: string;
  /** Of the call that it speaks of. 16 bytes as latin1 text: compares and hashes faster than a Buffer. */
  readonly identity: string;
  /** 64 hex digits. */
  readonly payloadHash: string;
  readonly dims: Dimensions;
  /** The optional fields as JSON. */
  readonly extra: string | null;
  /** Null: a call of its own. */
  readonly correction: CorrectionName | null;
  rating: Rated | Unpriced;
  outcome: Outcome;
  aftermath: Aftermath | null;
}

/** A record that no event can be read from. */
export interface PoisonRecord {
  readonly record: LoggedRecord;
  readonly partition: number;
  readonly reason: string;
  readonly detail: string;
  readonly tenant: string | null;
  readonly party: string | null;
  /** The credential, where that much could be read. */
  readonly sentBy: string | null;
  readonly source: string | null;
  readonly id: string | null;
}

/** The two int8 halves of an identity. */
export const halvesOf = (identity: string): readonly [h1: bigint, h2: bigint] => {
  const bytes = Buffer.from(identity, 'latin1');
  return [bytes.readBigInt64BE(0), bytes.readBigInt64BE(8)];
};

/** The identity that two halves make, given as decimal text. */
export const identityText = (h1: string, h2: string): string => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64BE(BigInt(h1), 0);
  bytes.writeBigInt64BE(BigInt(h2), 8);
  return bytes.toString('latin1');
};

/** The whole event, read from its bytes once more. */
export const eventAgain = ({ record, id }: Candidate): UsageRecorded => {
  const message = decode(record.value);
  if (message.type !== 'usage.recorded') throw new Defect('NOT_USAGE', `${id} is ${message.type}.`);
  return message.value;
};
