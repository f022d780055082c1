/**
 * Rates unpriced events after what they lacked has arrived, step by step.
 *
 * Shape       one step is a cut of its own: at most STEP_MAX events of one contract, in the order
 *             of their identities; what it did is a fact, UnpricedRerated, with its bounds.
 * Invariant   the same code rates here and on the hot path; a step repeated finds nothing left;
 *             a partition's later rated events are a sequence without gap, for the receivers.
 * Source      reliability.md B48; rulings R2, R6
 */
import { Defect } from '@suanpan/event-sourcing';
import type { EventMeta, Tx } from '@suanpan/platform-postgres';
import { appendEvents, fromRowInstant, loadStream } from '@suanpan/platform-postgres';
import { rate } from '@suanpan/pricing';
import type { Action } from '../corrections/correction-name.js';
import type { Changes } from '../corrections/correction-rows.js';
import { fromRowCorrection } from '../corrections/history-rows.js';
import type { StoredCorrection } from '../corrections/history-rows.js';
import {
  candidateOf,
  CENTRE_MISMATCH,
  Histories,
  ORIGINAL_UNKNOWN,
} from '../corrections/settle-corrections.js';
import type { Settling } from '../corrections/settle-corrections.js';
import type { Cut } from '../cuts/cut.js';
import { markCut } from '../cuts/cut.js';
import type { Candidate } from './candidate.js';
import { identityText } from './candidate.js';
import { storeResolved } from './claims.js';
import { extraJson } from './extra.js';
import type { Effects, RatingPipeline } from './rating-pipeline.js';
import type { Slice } from './slices.js';
import { addAftermath, addRated, count, emptySlice, isFull, ownerOf } from './slices.js';
import { requireStaging } from './staging.js';
import { fromRowUsage } from './unpriced.js';

export const STEP_MAX = 5_000;

/** A place in the order of steps: the halves of a call's identity, and which version of it. */
export interface RerateMark {
  readonly h1: string;
  readonly h2: string;
  /** 0: the call itself. */
  readonly revision: string;
}

export interface RerateBounds {
  readonly tenant: string;
  readonly contract: string;
  /** The step begins after this one; nothing: at the first. */
  readonly after: RerateMark | null;
  /** The last of the step; nothing: as far as STEP_MAX events reach. */
  readonly upTo: RerateMark | null;
}

export interface StepResult {
  /** What to remember after the commit; nothing when the step changed nothing. */
  readonly effects: Effects | null;
  /** Where the next step begins; nothing when no event is left. */
  readonly next: RerateMark | null;
}

interface UnpricedRow extends RerateMark {
  readonly action: Action;
  readonly code: string;
  readonly event: string;
  readonly payload_hash: string;
  readonly partition: number;
  readonly offset: string;
  readonly since: string;
}

/** Calls without a price, and corrections whose call is known and that have none. */
const SELECT = `
select * from (
  select h1, h2, 0::bigint as revision, 'correct' as action, code, event,
    encode(payload_hash, 'hex') as payload_hash, partition, "offset", since
  from unpriced
  where tenant = $1 and contract = $2 and resolved_cut is null and superseded_by is null
  union all
  select h1, h2, revision, action, code, event, encode(payload_hash, 'hex'), partition, "offset",
    since
  from correction
  where tenant = $1 and contract = $2 and code is not null
    and code not in ('${ORIGINAL_UNKNOWN}', '${CENTRE_MISMATCH}')) open
where ($3::bigint is null or (h1, h2, revision) > ($3::bigint, $4::bigint, $5::bigint))
  and ($6::bigint is null or (h1, h2, revision) <= ($6::bigint, $7::bigint, $8::bigint))
order by h1, h2, revision
limit $9`;

const marks = (mark: RerateMark | null): readonly (string | null)[] =>
  mark === null ? [null, null, null] : [mark.h1, mark.h2, mark.revision];

const rowsOf = (tx: Tx, { tenant, contract, after, upTo }: RerateBounds): Promise<UnpricedRow[]> =>
  tx.query<UnpricedRow>(SELECT, [tenant, contract, ...marks(after), ...marks(upTo), STEP_MAX]);

const fromRowCall = (row: UnpricedRow, { catalogue, dimensions }: Settling): Candidate => {
  const event = fromRowUsage(row.event);
  const dims = dimensions.of(event);
  const identity = identityText(row.h1, row.h2);
  const key = Buffer.from(identity, 'latin1');
  const timestamp = fromRowInstant(row.since);
  return {
    record: { offset: BigInt(row.offset), key, value: null, headers: {}, timestamp },
    partition: row.partition,
    time: event.time,
    kinds: event.kinds,
    buyer: event.buyer,
    authorization: dims.authorization,
    source: event.source,
    id: event.id,
    identity,
    payloadHash: row.payload_hash,
    dims,
    extra: extraJson(event),
    correction: null,
    rating: rate(dims.planIn(catalogue), { ...event, authorization: dims.authorization }),
    outcome: 'open',
    aftermath: null,
  };
};

const judgedOf = (row: UnpricedRow, settling: Settling): Judged => {
  if (row.revision === '0') return { row, correction: null, candidate: fromRowCall(row, settling) };
  const correction = fromRowCorrection(row);
  return { row, correction, candidate: candidateOf(correction, settling) };
};

const NEXT = `
select partition, max(last_offset) + 1 as next from batch
where source_topic = 'unpriced' group by partition`;

/** Slices of the source `unpriced`: its offsets are a sequence of its own in each partition. */
const slicesOf = async (tx: Tx, rated: readonly Candidate[]): Promise<readonly Slice[]> => {
  const rows = await tx.query<{ partition: number; next: string }>(NEXT);
  const next = new Map(rows.map((row) => [row.partition, BigInt(row.next)]));
  const slices: Slice[] = [];
  const open = new Map<number, Slice>();
  for (const candidate of rated) {
    const { partition } = candidate;
    const offset = next.get(partition) ?? 0n;
    next.set(partition, offset + 1n);
    let slice = open.get(partition);
    if (slice === undefined || isFull(slice)) {
      slice = emptySlice('unpriced', partition, offset);
      open.set(partition, slice);
      slices.push(slice);
    }
    slice.lastOffset = offset;
    const owner = ownerOf(candidate);
    count(slice, { ...owner, place: 'rated', events: 1n });
    count(slice, { ...owner, place: 'unpriced', events: -1n });
    if (candidate.correction === null) addRated(slice, candidate);
    else slice.leaves.push(candidate.payloadHash);
    addAftermath(slice, candidate);
  }
  return slices;
};

const RESOLVE = `
update unpriced u set resolved_cut = $3
from unnest($1::bigint[], $2::bigint[]) as r(h1, h2) where u.h1 = r.h1 and u.h2 = r.h2`;

const RECODE = `
update unpriced u set code = r.code
from unnest($1::bigint[], $2::bigint[], $3::text[]) as r(h1, h2, code)
where u.h1 = r.h1 and u.h2 = r.h2`;

interface Judged {
  readonly row: UnpricedRow;
  /** Null: the call itself. */
  readonly correction: StoredCorrection | null;
  readonly candidate: Candidate;
}

const halves = (judged: readonly Judged[]): readonly [readonly string[], readonly string[]] => [
  judged.map(({ row }) => row.h1),
  judged.map(({ row }) => row.h2),
];

/** The reason may have become another one: the contract is known now, the model is not. */
const recode = async (tx: Tx, judged: readonly Judged[], changes: Changes): Promise<number> => {
  const codes = judged.flatMap((each) => {
    const { row, candidate } = each;
    return candidate.rating.status === 'unpriced' && candidate.rating.code !== row.code
      ? [{ ...each, code: candidate.rating.code }]
      : [];
  });
  const calls = codes.filter(({ correction }) => correction === null);
  if (calls.length > 0) await tx.query(RECODE, [...halves(calls), calls.map(({ code }) => code)]);
  for (const { correction, code } of codes) {
    if (correction !== null) changes.recode(correction, correction.revision, code);
  }
  return codes.length;
};

/**
 * Corrections that have their price now take effect, one after the other. A call that gets its own
 * price in this step is taken as it was judged: its row cannot be read before its sums are stored.
 */
const settlePriced = async (
  tx: Tx,
  priced: readonly Judged[],
  histories: Histories,
): Promise<void> => {
  const corrections = priced.flatMap(({ correction }) => correction ?? []);
  if (corrections.length === 0) return;
  const touched = new Set(corrections.map(({ h1, h2 }) => identityText(h1, h2)));
  const inStep = priced.filter(({ candidate }) => touched.has(candidate.identity));
  const calls = inStep.filter(({ correction }) => correction === null);
  await histories.read(tx, corrections, new Set(calls.map(({ candidate }) => candidate.identity)));
  for (const { correction, candidate } of inStep) {
    if (correction === null) histories.take(candidate);
    else histories.getPrice(correction, candidate);
  }
};

/** Rates what can be rated between the bounds. The caller holds the log's lock. */
export const rerateStep = async (
  tx: Tx,
  pipeline: RatingPipeline,
  { bounds, ordinal }: { readonly bounds: RerateBounds; readonly ordinal: bigint },
): Promise<StepResult & { readonly rated: number; readonly last: RerateMark | null }> => {
  await requireStaging(tx);
  const catalogue = await pipeline.catalogue.inForce(tx);
  const { dimensions } = pipeline;
  dimensions.trim();
  const settling = { catalogue, dimensions };
  const histories = new Histories(settling);
  const rows = await rowsOf(tx, bounds);
  const judged = rows.map((row) => judgedOf(row, settling));
  const priced = judged.filter(({ candidate }) => candidate.rating.status === 'rated');
  const recoded = await recode(tx, judged, histories.changes);
  const last = rows.at(-1) ?? null;
  const next = rows.length === STEP_MAX ? last : null;
  if (priced.length === 0 && recoded === 0) return { effects: null, next, rated: 0, last };
  const rated = priced.map(({ candidate }) => candidate);
  const calls = priced.filter(({ correction }) => correction === null);
  await storeResolved(
    tx,
    calls.map(({ candidate }) => candidate),
  );
  await tx.query(RESOLVE, [...halves(calls), ordinal.toString()]);
  await settlePriced(tx, priced, histories);
  await histories.changes.write(tx);
  const effects = await pipeline.storeSlices(tx, await slicesOf(tx, rated));
  return { effects, next, rated: rated.length, last };
};

export const rerateStream = (contract: string): string => `rerate:${contract}`;

const pick = (mark: RerateMark | null): RerateMark | null =>
  mark === null ? null : { h1: mark.h1, h2: mark.h2, revision: mark.revision };

/** A step with its fact, in a cut that was taken already. */
export const rerateInCut = async (
  tx: Tx,
  pipeline: RatingPipeline,
  {
    bounds,
    cut,
    meta,
  }: {
    readonly bounds: RerateBounds;
    readonly cut: Cut;
    readonly meta: EventMeta;
  },
): Promise<StepResult> => {
  const step = await rerateStep(tx, pipeline, { bounds, ordinal: cut.ordinal });
  if (step.effects === null) return step;
  if (step.last === null) throw new Defect('STEP_WITHOUT_END', 'A step changed events it has not.');
  const { tenant, contract, after } = bounds;
  const streamId = rerateStream(contract);
  const past = await loadStream(tx, tenant, streamId);
  await appendEvents(tx, {
    tenant,
    streamId,
    expectedVersion: past.length,
    events: [
      {
        type: 'UnpricedRerated',
        body: {
          contract,
          after: pick(after),
          upTo: pick(step.last),
          rated: step.rated,
          cut: { ordinal: cut.ordinal, vector: cut.vector },
        },
      },
    ],
    meta,
  });
  await markCut(tx, cut);
  return step;
};
