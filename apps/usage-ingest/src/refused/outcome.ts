/**
 * What a refused record comes to when it is judged again, or when another event is put in its place.
 *
 * Invariant   what is refused again stays open, with the new code; what is accepted takes the way of
 *             every event, with the place it came from in a header.
 * Source      reliability.md D08; ruling R23; docs/adr/0050-refused-events-again.md
 */
import type { LogRecord } from '@suanpan/platform-kafka';
import { withoutPayload } from '@suanpan/usage';
import type { Sender } from '@suanpan/usage';
import { Admission } from '../events/admission.js';
import type { DoorRefusal, Item } from '../events/item.js';
import type { Origin } from '../events/refused-records.js';
import type { Judge } from '../events/senders.js';
import type { Senders } from './centre-rules.js';
import { placeText, storable } from './refused-row.js';
import type { RecordPlace } from './refused-row.js';

/** What one record came to: a record for the log, or why not. */
export type Outcome = { readonly place: RecordPlace } & (
  | {
      readonly record: LogRecord;
      readonly accepted: { readonly source: string; readonly id: string };
      readonly refusal: null;
    }
  | { readonly record: null; readonly accepted: null; readonly refusal: DoorRefusal }
);

export const refusedAgain = (place: RecordPlace, refusal: DoorRefusal): Outcome => ({
  ...{ place, record: null, accepted: null, refusal },
});

/** As whom and how an item is judged. */
export interface Judging {
  readonly origin: Origin;
  readonly judge: Judge;
  readonly senders: Senders;
}

/** What a key may not send at all says less of an event than what is wrong with it. */
const CLAIMS: ReadonlySet<string> = new Set(['SOURCE_NOT_ALLOWED', 'CONTRACT_NOT_ALLOWED']);

const isCloser = (one: DoorRefusal, other: DoorRefusal): boolean =>
  CLAIMS.has(other.code) && !CLAIMS.has(one.code);

/** Judges one item in place of a refused record: by one key after the other, until one lets it in. */
export const judgeAgain = (place: RecordPlace, item: Item, judging: Judging): Outcome => {
  const [first, ...others] = judging.senders;
  let outcome = judgedBy(first, place, { item, judging });
  for (const sender of others) {
    if (outcome.refusal === null) break;
    const next = judgedBy(sender, place, { item, judging });
    if (next.refusal === null || isCloser(next.refusal, outcome.refusal)) outcome = next;
  }
  return outcome;
};

const judgedBy = (
  sender: Sender,
  place: RecordPlace,
  { item, judging }: { readonly item: Item; readonly judging: Judging },
): Outcome => {
  const admission = new Admission({ ...judging, sender: () => sender });
  const event = admission.take(item);
  const [record] = admission.records;
  const [refused] = admission.refused;
  if (refused !== undefined) return refusedAgain(place, refused.refusal);
  if (event === null || record === undefined) throw new Error('An item is accepted or refused.');
  const headers = { ...record.headers, redriven: `usage.refused/${placeText(place)}` };
  const { source, id } = event;
  return { place, record: { ...record, headers }, accepted: { source, id }, refusal: null };
};

/** Many outcomes that are settled together. */
export interface Settled {
  readonly outcomes: readonly Outcome[];
  /** What an accepted one is called from now on. */
  readonly as: 'redriven' | 'repaired';
}

/** $3: who asks. Gives the places that are open. */
export const HOLD = `
insert into refused_state as s (tenant, centre, partition, log_offset, actor)
select r.tenant, r.centre, r.partition, r.log_offset, $3 from refused r
where (r.partition, r.log_offset) in (select * from unnest($1::int[], $2::bigint[]))
order by r.partition, r.log_offset
on conflict (partition, log_offset) do update set changed_at = clock_timestamp()
where s.status = 'open'
returning partition, log_offset as offset`;

export const MARK = `
update refused_state s
set status = n.status, attempts = s.attempts + 1, actor = $9, changed_at = clock_timestamp(),
  code = coalesce(n.code, s.code), path = case when n.code is null then s.path else n.path end,
  detail = coalesce(n.detail, s.detail), accepted_source = n.source, accepted_id = n.id
from unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
  $8::text[]) as n(partition, log_offset, status, code, path, detail, source, id)
where s.partition = n.partition and s.log_offset = n.log_offset`;

export const placeColumns = (places: readonly RecordPlace[]) => [
  places.map(({ partition }) => partition),
  places.map(({ offset }) => offset),
];

/** The values of `MARK`. */
export const markValues = ({ outcomes, as }: Settled, actor: string): readonly unknown[] => {
  const kept = outcomes.map(({ refusal }) => (refusal === null ? null : withoutPayload(refusal)));
  return [
    ...placeColumns(outcomes.map(({ place }) => place)),
    outcomes.map(({ accepted }) => (accepted === null ? 'open' : as)),
    kept.map((why) => why?.code ?? null),
    kept.map((why) => storable(why?.path ?? null)),
    kept.map((why) => storable(why?.detail ?? null)),
    outcomes.map(({ accepted }) => accepted?.source ?? null),
    outcomes.map(({ accepted }) => accepted?.id ?? null),
    actor,
  ];
};
