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
import type { Cut } from '../cuts/cut.js';
import { markCut } from '../cuts/cut.js';
import type { Candidate } from './candidate.js';
import { storeResolved } from './claims.js';
import { extraJson } from './extra.js';
import type { Effects, RatingPipeline } from './rating-pipeline.js';
import type { Slice } from './slices.js';
import { addRated, count, emptySlice, isFull } from './slices.js';
import { requireStaging } from './staging.js';
import { fromRowUsage } from './unpriced.js';

export const STEP_MAX = 5_000;

export interface Halves {
  readonly h1: string;
  readonly h2: string;
}

export interface RerateBounds {
  readonly tenant: string;
  readonly contract: string;
  /** The step begins after this identity; nothing: at the first. */
  readonly after: Halves | null;
  /** The last identity of the step; nothing: as far as STEP_MAX events reach. */
  readonly upTo: Halves | null;
}

export interface StepResult {
  /** What to remember after the commit; nothing when the step changed nothing. */
  readonly effects: Effects | null;
  /** Where the next step begins; nothing when no event is left. */
  readonly next: Halves | null;
}

interface UnpricedRow extends Halves {
  readonly code: string;
  readonly event: string;
  readonly payload_hash: string;
  readonly partition: number;
  readonly offset: string;
  readonly since: string;
}

const SELECT = `
select h1, h2, code, event, encode(payload_hash, 'hex') as payload_hash, partition, "offset", since
from unpriced
where tenant = $1 and contract = $2 and resolved_cut is null
  and ($3::bigint is null or (h1, h2) > ($3::bigint, $4::bigint))
  and ($5::bigint is null or (h1, h2) <= ($5::bigint, $6::bigint))
order by h1, h2
limit $7`;

const rowsOf = (tx: Tx, { tenant, contract, after, upTo }: RerateBounds): Promise<UnpricedRow[]> =>
  tx.query<UnpricedRow>(SELECT, [
    tenant,
    contract,
    after?.h1 ?? null,
    after?.h2 ?? null,
    upTo?.h1 ?? null,
    upTo?.h2 ?? null,
    STEP_MAX,
  ]);

const identityOfHalves = ({ h1, h2 }: Halves): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64BE(BigInt(h1), 0);
  bytes.writeBigInt64BE(BigInt(h2), 8);
  return bytes;
};

const fromRowCandidate = (row: UnpricedRow, pipeline: RatingPipeline): Candidate => {
  const event = fromRowUsage(row.event);
  const dims = pipeline.dimensions.of(event);
  const key = identityOfHalves(row);
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
    identity: key.toString('latin1'),
    payloadHash: row.payload_hash,
    dims,
    extra: extraJson(event),
    rating: rate(dims.planIn(pipeline.catalogue.latest), {
      ...event,
      authorization: dims.authorization,
    }),
    outcome: 'open',
  };
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
    const { partition, dims } = candidate;
    const offset = next.get(partition) ?? 0n;
    next.set(partition, offset + 1n);
    let slice = open.get(partition);
    if (slice === undefined || isFull(slice)) {
      slice = emptySlice('unpriced', partition, offset);
      open.set(partition, slice);
      slices.push(slice);
    }
    slice.lastOffset = offset;
    const { tenant } = dims.event;
    count(slice, { tenant, place: 'rated', events: 1n });
    count(slice, { tenant, place: 'unpriced', events: -1n });
    addRated(slice, candidate);
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
  readonly candidate: Candidate;
}

const halves = (judged: readonly Judged[]): readonly [readonly string[], readonly string[]] => [
  judged.map(({ row }) => row.h1),
  judged.map(({ row }) => row.h2),
];

/** The reason may have become another one: the contract is known now, the model is not. */
const recode = async (tx: Tx, judged: readonly Judged[]): Promise<number> => {
  const codes = judged.flatMap(({ row, candidate }) =>
    candidate.rating.status === 'unpriced' && candidate.rating.code !== row.code
      ? [{ row, candidate, code: candidate.rating.code }]
      : [],
  );
  if (codes.length > 0) await tx.query(RECODE, [...halves(codes), codes.map(({ code }) => code)]);
  return codes.length;
};

/** Rates what can be rated between the bounds. The caller holds the log's lock. */
export const rerateStep = async (
  tx: Tx,
  pipeline: RatingPipeline,
  { bounds, ordinal }: { readonly bounds: RerateBounds; readonly ordinal: bigint },
): Promise<StepResult & { readonly rated: number; readonly last: Halves | null }> => {
  await requireStaging(tx);
  await pipeline.catalogue.inForce(tx);
  pipeline.dimensions.trim();
  const rows = await rowsOf(tx, bounds);
  const judged = rows.map((row) => ({ row, candidate: fromRowCandidate(row, pipeline) }));
  const priced = judged.filter(({ candidate }) => candidate.rating.status === 'rated');
  const recoded = await recode(tx, judged);
  const last = rows.at(-1) ?? null;
  const next = rows.length === STEP_MAX ? last : null;
  if (priced.length === 0 && recoded === 0) return { effects: null, next, rated: 0, last };
  const rated = priced.map(({ candidate }) => candidate);
  await storeResolved(tx, rated);
  await tx.query(RESOLVE, [...halves(priced), ordinal.toString()]);
  const effects = await pipeline.storeSlices(tx, await slicesOf(tx, rated));
  return { effects, next, rated: rated.length, last };
};

export const rerateStream = (contract: string): string => `rerate:${contract}`;

const pick = (halvesOf: Halves | null): Halves | null =>
  halvesOf === null ? null : { h1: halvesOf.h1, h2: halvesOf.h2 };

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
