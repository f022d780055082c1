/**
 * Keeps what was accepted but cannot be used: sealed bytes, reason and place, in the transaction
 * that moves the offset past it.
 *
 * Invariant   nothing accepted is dropped (I22); raw bytes are sealed before they reach a table or
 *             a topic; one row a record, however often it is read.
 * Source      reliability D08, design rulings R1, R12, R23
 */
import { encode } from '@suanpan/messages';
import { Counter, metrics } from '@suanpan/platform-observability';
import { enqueue, toRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { NOBODY } from '@suanpan/platform-vault';
import type { Vault } from '@suanpan/platform-vault';

export interface Poison {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** The record's value as it lies in the log. */
  readonly raw: Buffer | null;
  /** The stable code. */
  readonly reason: string;
  readonly detail: string;
  readonly tenant: string | null;
  /** Whose key seals the bytes; nobody's when the sender is unknown. */
  readonly party?: string | null;
  readonly identity?: Buffer | null;
  readonly source?: string | null;
  readonly id?: string | null;
  readonly attempts?: number;
  /** When it was first seen, in microseconds. */
  readonly seenAt: bigint;
}

export interface QuarantineOptions {
  readonly seal: Vault['seal'];
  /** True in pricing only: it alone writes `usage.quarantined`. */
  readonly announce?: boolean;
}

const DETAIL_MAX = 1_000;
/** A sealed record with its frame must fit into one message. */
const ANNOUNCED_BYTES_MAX = 1_000_000;

const quarantined = new Counter({
  name: 'suanpan_quarantined_total',
  help: 'Records kept in the quarantine, by topic and reason.',
  labelNames: ['topic', 'reason'],
  registers: [metrics],
});

/** Counts what was set aside, in the metrics of this thread. */
export const countQuarantined = ({ topic, reason }: Pick<Poison, 'topic' | 'reason'>): void => {
  quarantined.inc({ topic, reason });
};

const INSERT = `
insert into quarantine (tenant, reason, detail, topic, partition, log_offset, identity, source,
  event_id, attempts, first_seen, last_seen, sealed, key_id, party)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14)
on conflict (topic, partition, log_offset) do nothing`;

type Whole = Required<Poison> & { readonly sealed: Buffer; readonly keyId: string };

const announce = async (tx: Tx, poison: Whole): Promise<void> => {
  const place = `${poison.topic}/${poison.partition}/${poison.offset}`;
  const sealedRaw = poison.sealed.length <= ANNOUNCED_BYTES_MAX ? poison.sealed : Buffer.alloc(0);
  await enqueue(tx, [
    {
      topic: 'usage.quarantined',
      key: poison.identity ?? place,
      type: 'usage.quarantined',
      tenant: poison.tenant ?? NOBODY.tenant,
      streamId: place,
      value: encode('usage.quarantined', {
        tenant: poison.tenant,
        reason: poison.reason,
        detail: poison.detail,
        topic: poison.topic,
        partition: poison.partition,
        offset: poison.offset,
        identity: poison.identity,
        source: poison.source,
        id: poison.id,
        attempts: poison.attempts,
        firstSeenAt: poison.seenAt,
        sealedRaw,
        keyId: poison.keyId,
      }),
    },
  ]);
};

/** PostgreSQL's text takes no NUL and no half of a surrogate pair (B-rows of section 12). */
const storable = (text: string): string =>
  Buffer.from(text.slice(0, DETAIL_MAX), 'utf8').toString('utf8').replaceAll('\u0000', '\ufffd');

/** Seals and stores one poison record, and tells the others where `announce` says so. */
export const quarantinePoison = async (
  tx: Tx,
  poison: Poison,
  options: QuarantineOptions,
): Promise<void> => {
  const owner =
    poison.tenant === null ? NOBODY : { tenant: poison.tenant, party: poison.party ?? '*' };
  const { sealed, keyId } = await options.seal(tx, owner, poison.raw ?? Buffer.alloc(0));
  const whole: Whole = {
    party: null,
    identity: null,
    source: null,
    id: null,
    attempts: 1,
    ...poison,
    detail: storable(poison.detail),
    sealed,
    keyId,
  };
  await tx.query(INSERT, [
    whole.tenant,
    whole.reason,
    whole.detail,
    whole.topic,
    whole.partition,
    whole.offset.toString(),
    whole.identity,
    whole.source,
    whole.id,
    whole.attempts,
    toRowInstant(whole.seenAt),
    sealed,
    keyId,
    whole.party,
  ]);
  if (options.announce === true) await announce(tx, whole);
};
