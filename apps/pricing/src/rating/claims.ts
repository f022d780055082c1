/**
 * Claims identities: each event of a batch becomes rated, unpriced, duplicate or conflict.
 *
 * Shape       rated calls go by COPY into a session's own staging table, then into `call` where the
 *             identity is free; only the few that were not free are looked up one by one.
 * Invariant   the first in the log wins; who came later is compared with what is stored, never
 *             with another late one. Row locks of the offsets keep other writers away.
 * Rejections  none; Defect IDENTITY_COLLISION when one hash names two triples
 * Source      design.md 3.5; rulings R7, R9; openmeter#5118
 */
import { Defect } from '@suanpan/event-sourcing';
import { crashPoint } from '@suanpan/platform-observability';
import { copyRows } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { CALL_COLUMNS, callLine } from './call-line.js';
import { halvesOf } from './candidate.js';
import type { Candidate } from './candidate.js';
import { insertUnpriced } from './unpriced.js';

const COLUMNS = CALL_COLUMNS.join(', ');
const COPY = `copy call_staging (${COLUMNS}) from stdin`;

const insertSql = (where: string): string => `
with added as (
  insert into call (${COLUMNS})
  select ${COLUMNS} from call_staging s ${where}
  on conflict (h1, h2) do nothing
  returning partition, "offset")
select s.partition, s."offset" from call_staging s
where not exists (
  select from added a where a.partition = s.partition and a."offset" = s."offset")`;

const INSERT = insertSql(
  'where not exists (select from unpriced u where u.h1 = s.h1 and u.h2 = s.h2)',
);
/** Unpriced events that are priced now hold their identities already. */
const INSERT_RESOLVED = insertSql('');

interface Place {
  readonly partition: number;
  readonly offset: string;
}

const placeOf = (partition: number, offset: string): string => `${partition}/${offset}`;

const byIdentity = (one: Candidate, other: Candidate): number =>
  one.identity < other.identity ? -1 : 1;

/** The lines sorted by identity, so that the index is met in its own order. */
const linesOf = (rated: readonly Candidate[]): Buffer => {
  let text = '';
  for (const candidate of [...rated].sort(byIdentity)) {
    if (candidate.rating.status === 'rated') text += callLine(candidate, candidate.rating);
  }
  return Buffer.from(text, 'utf8');
};

/** Stores rated calls; gives back those whose identity was taken. */
const insertCalls = async (
  tx: Tx,
  rated: readonly Candidate[],
  sql: string,
): Promise<readonly Candidate[]> => {
  if (rated.length === 0) return [];
  await copyRows(tx, COPY, linesOf(rated));
  crashPoint('rating.after-copy');
  const places = await tx.query<Place>(sql);
  if (places.length === 0) return [];
  const taken = new Set(places.map(({ partition, offset }) => placeOf(partition, offset)));
  return rated.filter(({ partition, record }) =>
    taken.has(placeOf(partition, record.offset.toString())),
  );
};

interface Holder {
  readonly h1: string;
  readonly h2: string;
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  /** 64 hex digits. */
  readonly payload_hash: string;
}

const HOLDERS = `
with wanted as (select * from unnest($1::bigint[], $2::bigint[]) as w(h1, h2))
select h1, h2, tenant, source, id, encode(payload_hash, 'hex') as payload_hash from call join wanted using (h1, h2)
union
select h1, h2, tenant, source, id, encode(payload_hash, 'hex') from unpriced join wanted using (h1, h2)`;

const holdersOf = async (
  tx: Tx,
  late: readonly Candidate[],
): Promise<ReadonlyMap<string, Holder>> => {
  if (late.length === 0) return new Map();
  const halves = late.map(({ identity }) => halvesOf(identity));
  const rows = await tx.query<Holder>(HOLDERS, [
    halves.map(([h1]) => h1.toString()),
    halves.map(([, h2]) => h2.toString()),
  ]);
  return new Map(rows.map((row) => [`${row.h1}/${row.h2}`, row]));
};

/** The event's name and hash, to compare it with another's. */
type Named = Pick<Holder, 'tenant' | 'source' | 'id' | 'payload_hash'>;

const nameOf = ({ dims, source, id, payloadHash }: Candidate): Named => ({
  tenant: dims.event.tenant,
  source,
  id,
  payload_hash: payloadHash,
});

const compare = (late: Candidate, holder: Named): 'duplicate' | 'conflict' => {
  const { tenant, source, id, payload_hash: payloadHash } = nameOf(late);
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

const settle = async (tx: Tx, { firsts, repeats }: Split): Promise<void> => {
  const late = firsts.filter(({ outcome }) => outcome === 'open');
  const holders = await holdersOf(tx, late);
  const heldBy = new Map<Candidate, Named>();
  for (const candidate of late) {
    const [h1, h2] = halvesOf(candidate.identity);
    const holder = holders.get(`${h1}/${h2}`);
    if (holder === undefined) {
      throw new Defect('IDENTITY_UNHELD', `${candidate.id} is neither stored nor taken.`);
    }
    candidate.outcome = compare(candidate, holder);
    heldBy.set(candidate, holder);
  }
  for (const [later, first] of repeats) {
    later.outcome = compare(later, heldBy.get(first) ?? nameOf(first));
  }
};

/** Claims all identities of a batch in the order of the log and sets each outcome. */
export const claimAll = async (tx: Tx, candidates: readonly Candidate[]): Promise<void> => {
  const { firsts, repeats } = split(candidates);
  const rated = firsts.filter(({ rating }) => rating.status === 'rated');
  const unpriced = firsts.filter(({ rating }) => rating.status === 'unpriced');
  for (const candidate of rated) candidate.outcome = 'rated';
  for (const candidate of unpriced) candidate.outcome = 'unpriced';
  for (const candidate of await insertCalls(tx, rated, INSERT)) candidate.outcome = 'open';
  for (const candidate of await insertUnpriced(tx, unpriced)) candidate.outcome = 'open';
  await settle(tx, { firsts, repeats });
};

/** Stores what was unpriced and is rated now. */
export const storeResolved = async (tx: Tx, rated: readonly Candidate[]): Promise<void> => {
  for (const candidate of rated) candidate.outcome = 'rated';
  const taken = await insertCalls(tx, rated, INSERT_RESOLVED);
  const [first] = taken;
  if (first === undefined) return;
  throw new Defect('RATED_TWICE', `${first.id} was unpriced and stands among the calls.`);
};
