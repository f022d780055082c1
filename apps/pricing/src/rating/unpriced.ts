/**
 * Events that no price fits yet: kept whole, so that a price that arrives later can rate them.
 *
 * Invariant   an unpriced event claims its identity like a call and is never rated at zero.
 * Source      reliability.md B48, B50; ruling R27
 */
import { Defect } from '@suanpan/event-sourcing';
import type { UsageRecorded } from '@suanpan/messages';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { eventAgain, halvesOf } from './candidate.js';
import type { Candidate } from './candidate.js';

const withMark = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { long: value.toString() } : value;

const isMarked = (value: unknown): value is { readonly long: string } =>
  typeof value === 'object' &&
  value !== null &&
  'long' in value &&
  typeof value.long === 'string' &&
  Object.keys(value).length === 1;

const fromMark = (_key: string, value: unknown): unknown =>
  isMarked(value) ? BigInt(value.long) : value;

/** The whole event as text; longs are marked, since JSON's numbers would cut them. */
export const toRowUsage = (event: UsageRecorded): string => {
  const { metadata, extensions, ...fields } = event;
  return JSON.stringify({ fields, metadata, extensions }, withMark);
};

/** The event that `toRowUsage` wrote. Texts of senders are apart, so no text is taken for a mark. */
export const fromRowUsage = (text: string): UsageRecorded => {
  const stored: unknown = JSON.parse(text);
  if (typeof stored !== 'object' || stored === null || !('fields' in stored)) {
    throw new Defect('UNPRICED_UNREADABLE', 'An unpriced event has no fields.');
  }
  const { fields, ...texts } = stored;
  const revived: unknown = JSON.parse(JSON.stringify(fields), fromMark);
  return { ...(revived as object), ...texts } as UsageRecorded;
};

const INSERT = `
insert into unpriced (h1, h2, tenant, source, id, time, contract, model, code, event,
  payload_hash, partition, "offset", since)
select n.* from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],
  $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bytea[],
  $12::smallint[], $13::bigint[], $14::timestamptz[])
  as n(h1, h2, tenant, source, id, time, contract, model, code, event, payload_hash, partition,
       "offset", since)
where not exists (select from call c where c.h1 = n.h1 and c.h2 = n.h2)
order by n.h1, n.h2
on conflict (h1, h2) do nothing
returning h1, h2`;

interface Halves {
  readonly h1: string;
  readonly h2: string;
}

const codeOf = ({ rating }: Candidate): string =>
  rating.status === 'unpriced' ? rating.code : 'UNKNOWN_CONTRACT';

const parametersOf = (unpriced: readonly Candidate[]): readonly unknown[] => {
  const halves = unpriced.map(({ identity }) => halvesOf(identity));
  return [
    halves.map(([h1]) => h1.toString()),
    halves.map(([, h2]) => h2.toString()),
    unpriced.map(({ dims }) => dims.event.tenant),
    unpriced.map(({ source }) => source),
    unpriced.map(({ id }) => id),
    unpriced.map(({ time }) => toRowInstant(time)),
    unpriced.map(({ dims }) => dims.event.contract),
    unpriced.map(({ dims }) => dims.event.modelOrdered),
    unpriced.map(codeOf),
    unpriced.map((candidate) => toRowUsage(eventAgain(candidate))),
    unpriced.map(({ payloadHash }) => `\\x${payloadHash}`),
    unpriced.map(({ partition }) => partition),
    unpriced.map(({ record }) => record.offset.toString()),
    unpriced.map(({ record }) => toRowInstant(record.timestamp)),
  ];
};

/** Stores unpriced events; gives back those whose identity was taken. */
export const insertUnpriced = async (
  tx: Tx,
  unpriced: readonly Candidate[],
): Promise<readonly Candidate[]> => {
  if (unpriced.length === 0) return [];
  const rows = await tx.query<Halves>(INSERT, parametersOf(unpriced));
  if (rows.length === unpriced.length) return [];
  const stored = new Set(rows.map(({ h1, h2 }) => `${h1}/${h2}`));
  return unpriced.filter(({ identity }) => {
    const [h1, h2] = halvesOf(identity);
    return !stored.has(`${h1}/${h2}`);
  });
};
