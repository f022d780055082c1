/**
 * Claims identities: each event of a batch becomes rated, unpriced, duplicate or conflict.
 *
 * Shape       rated calls go by COPY into a session's own staging table; one join finds the few whose
 *             identity is taken, with who holds it; the others are inserted plainly. Measured: half
 *             the work of ON CONFLICT DO NOTHING, which looks twice and inserts speculatively.
 * Invariant   the first in the log wins; who came later is compared with what is stored, never
 *             with another late one. The locked offset rows keep other writers away; were they
 *             not, the unique key would fail the batch, and it would be tried again.
 * Rejections  none; Defect IDENTITY_COLLISION when one hash names two triples
 * Source      design.md 3.5; rulings R7, R9; openmeter#5118
 */
import { Defect } from '@suanpan/event-sourcing';
import { crashPoint } from '@suanpan/platform-observability';
import { BinaryRows, copyRows } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { addCall, CALL_COLUMNS } from './call-row.js';
import { halvesOf } from './candidate.js';
import type { Candidate } from './candidate.js';
import { insertUnpriced } from './unpriced.js';

const COLUMNS = CALL_COLUMNS.join(', ');
const COPY = `copy call_staging (${COLUMNS}) from stdin with (format binary)`;

/** Who holds an identity: a call or an unpriced event. */
interface Holder {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  /** 64 hex digits. */
  readonly payload_hash: string;
}

interface Taken extends Holder {
  readonly partition: number;
  readonly offset: string;
}

const HOLDER = `h.tenant, h.source, h.id, encode(h.payload_hash, 'hex') as payload_hash`;

const TAKEN = `
select s.partition, s."offset", ${HOLDER} from call_staging s join call h using (h1, h2)
union all
select s.partition, s."offset", ${HOLDER} from call_staging s join unpriced h using (h1, h2)
where h.resolved_cut is null`;

const INSERT = `insert into call (${COLUMNS}) select ${COLUMNS} from call_staging s`;
const INSERT_FREE = `${INSERT}
where not exists (
  select from unnest($1::smallint[], $2::bigint[]) as t(partition, "offset")
  where t.partition = s.partition and t."offset" = s."offset")`;

const placeOf = (partition: number, offset: string): string => `${partition}/${offset}`;

/** Of an identity's first bytes so many decide the order; of a batch hardly two share them. */
const SORTED_BYTES = 4;
const PLACES = 2 ** 20;

const sortKey = (identity: string): number => {
  let key = 0;
  for (let at = 0; at < SORTED_BYTES; at += 1) key = 256 * key + identity.charCodeAt(at);
  return key;
};

/** As good as sorted by identity, so that the index is met in its own order; numbers sort fastest. */
const inIndexOrder = (rated: readonly Candidate[]): readonly Candidate[] => {
  if (rated.length > PLACES) throw new Defect('BATCH_TOO_LARGE', `${rated.length} calls.`);
  const keys = Float64Array.from(
    rated,
    ({ identity }, place) => PLACES * sortKey(identity) + place,
  );
  return Array.from(keys.sort(), (key) => rated[key % PLACES] as Candidate);
};

const rowsOf = (rated: readonly Candidate[]): Buffer => {
  const rows = new BinaryRows();
  for (const candidate of inIndexOrder(rated)) {
    if (candidate.rating.status === 'rated') addCall(rows, candidate, candidate.rating);
  }
  return rows.take();
};

const stage = async (tx: Tx, rated: readonly Candidate[]): Promise<void> => {
  await copyRows(tx, COPY, rowsOf(rated));
  crashPoint('rating.after-copy');
};

/** Late events with who holds their identities. */
type Held = Map<Candidate, Holder>;

/** Stores the rated calls whose identity is free; gives the others with their holders. */
const insertCalls = async (tx: Tx, rated: readonly Candidate[]): Promise<Held> => {
  const held: Held = new Map();
  if (rated.length === 0) return held;
  await stage(tx, rated);
  const taken = await tx.query<Taken>(TAKEN);
  if (taken.length === 0) {
    await tx.query(INSERT);
    return held;
  }
  await tx.query(INSERT_FREE, [
    taken.map(({ partition }) => partition),
    taken.map(({ offset }) => offset),
  ]);
  const holders = new Map(taken.map((row) => [placeOf(row.partition, row.offset), row]));
  for (const candidate of rated) {
    const { partition, record } = candidate;
    const holder = holders.get(placeOf(partition, record.offset.toString()));
    if (holder !== undefined) held.set(candidate, holder);
  }
  return held;
};

interface HolderRow extends Holder {
  readonly h1: string;
  readonly h2: string;
}

const HOLDERS = `
with wanted as (select * from unnest($1::bigint[], $2::bigint[]) as w(h1, h2))
select h1, h2, ${HOLDER} from call h join wanted using (h1, h2)
union
select h1, h2, ${HOLDER} from unpriced h join wanted using (h1, h2)`;

/** Stores the unpriced events whose identity is free; gives the others with their holders. */
const insertUnpricedFree = async (tx: Tx, unpriced: readonly Candidate[]): Promise<Held> => {
  const late = await insertUnpriced(tx, unpriced);
  if (late.length === 0) return new Map();
  const halves = late.map(({ identity }) => halvesOf(identity));
  const rows = await tx.query<HolderRow>(HOLDERS, [
    halves.map(([h1]) => h1.toString()),
    halves.map(([, h2]) => h2.toString()),
  ]);
  const holders = new Map(rows.map((row) => [`${row.h1}/${row.h2}`, row]));
  return new Map(
    late.map((candidate, index) => {
      const holder = holders.get((halves[index] ?? []).join('/'));
      if (holder === undefined) {
        throw new Defect('IDENTITY_UNHELD', `${candidate.id} is neither stored nor taken.`);
      }
      return [candidate, holder];
    }),
  );
};

/** The event as a holder of its own identity, to compare it with another. */
const asHolder = ({ dims, source, id, payloadHash }: Candidate): Holder => ({
  tenant: dims.event.tenant,
  source,
  id,
  payload_hash: payloadHash,
});

const compare = (late: Candidate, holder: Holder): 'duplicate' | 'conflict' => {
  const { tenant, source, id, payload_hash: payloadHash } = asHolder(late);
  if (tenant !== holder.tenant || source !== holder.source || id !== holder.id) {
    throw new Defect(
      'IDENTITY_COLLISION',
      `One hash names ${source} ${id} and ${holder.source} ${holder.id}.`,
    );
  }
  return payloadHash === holder.payload_hash ? 'duplicate' : 'conflict';
};

/** Events whose identity came earlier in the same batch, with who came first. */
interface Split {
  readonly firsts: readonly Candidate[];
  readonly repeats: readonly (readonly [later: Candidate, first: Candidate])[];
}

const split = (candidates: readonly Candidate[]): Split => {
  const byName = new Map<string, Candidate>();
  const repeats: (readonly [Candidate, Candidate])[] = [];
  for (const candidate of candidates) {
    const first = byName.get(candidate.identity);
    if (first === undefined) byName.set(candidate.identity, candidate);
    else repeats.push([candidate, first]);
  }
  return { firsts: [...byName.values()], repeats };
};

/** Claims all identities of a batch in the order of the log and sets each outcome. */
export const claimAll = async (tx: Tx, candidates: readonly Candidate[]): Promise<void> => {
  const { firsts, repeats } = split(candidates);
  for (const candidate of firsts) candidate.outcome = candidate.rating.status;
  const held: Held = new Map([
    ...(await insertCalls(
      tx,
      firsts.filter(({ outcome }) => outcome === 'rated'),
    )),
    ...(await insertUnpricedFree(
      tx,
      firsts.filter(({ outcome }) => outcome === 'unpriced'),
    )),
  ]);
  for (const [late, holder] of held) late.outcome = compare(late, holder);
  for (const [later, first] of repeats) {
    later.outcome = compare(later, held.get(first) ?? asHolder(first));
  }
};

/** Stores what was unpriced and is rated now; its identities are its own already. */
export const storeResolved = async (tx: Tx, rated: readonly Candidate[]): Promise<void> => {
  for (const candidate of rated) candidate.outcome = 'rated';
  if (rated.length === 0) return;
  await stage(tx, rated);
  await tx.query(INSERT);
};
