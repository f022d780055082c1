/**
 * Adds what a batch changed to the tables of sums, in the transaction that stores its calls.
 *
 * Invariant   bucket rows carry the log partition, so that two writers never meet (R14); they are
 *             added in the order of the key.
 * Rejections  none; Defect DIMENSION_COLLISION, CELL_COLLISION when one id names two contents
 * Source      rulings R2, R14, R15
 */
import { Defect } from '@suanpan/event-sourcing';
import { BinaryRows, copyRows } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import type { ChargeCell } from '@suanpan/pricing';
import type { Dimensions } from './dimensions.js';
import { DIMENSION_COLUMNS } from './dimensions.js';
import { noCounts, PLACES } from './places.js';
import type { Counts, Owner } from './places.js';
import type { Slice } from './slices.js';
import { rootOf } from './slices.js';
import type { CellSum, SumGroup } from './sums.js';
import { quarterInstant } from './sums.js';

const BUCKET_COLUMNS =
  'dims, cell, quarter_hour, billing_state, partition, tenant, service_period, posting_period, ' +
  'calls, quantity, multiset';

const COPY_BUCKETS = `copy bucket_staging (${BUCKET_COLUMNS}) from stdin with (format binary)`;
const BUCKET_FIELDS = 11;

/** Slices of one partition may hold parts of one bucket: they are summed here first. */
const ADD_BUCKETS = `
insert into bucket (${BUCKET_COLUMNS})
select dims, cell, quarter_hour, billing_state, partition, tenant, service_period, posting_period,
  sum(calls), sum(quantity), sum(multiset)
from bucket_staging
group by dims, posting_period, cell, quarter_hour, billing_state, service_period, partition, tenant
order by dims, posting_period, cell, quarter_hour, billing_state, service_period, partition
on conflict (dims, posting_period, cell, quarter_hour, billing_state, service_period, partition)
do update set quantity = bucket.quantity + excluded.quantity,
  calls = bucket.calls + excluded.calls, multiset = bucket.multiset + excluded.multiset`;

const addBucket = (
  rows: BinaryRows,
  partition: number,
  { group, sum }: { readonly group: SumGroup; readonly sum: CellSum },
): void => {
  rows.row(BUCKET_FIELDS);
  rows.int8(group.dims.id);
  rows.int8(sum.cell.id);
  rows.timestamptz(quarterInstant(group.quarterHour));
  rows.int2(group.billingState);
  rows.int2(partition);
  rows.text(group.dims.event.tenant);
  rows.text(group.servicePeriod);
  rows.text(group.postingPeriod);
  rows.int8(sum.calls);
  rows.numeric(sum.quantity, 0);
  rows.numeric(sum.multiset, 0);
};

/** Adds what the slices rated to the buckets. */
export const addBuckets = async (tx: Tx, slices: readonly Slice[]): Promise<void> => {
  const rows = new BinaryRows();
  let isEmpty = true;
  for (const { sums, partition } of slices) {
    for (const group of sums.groups()) {
      for (const sum of group.cells) addBucket(rows, partition, { group, sum });
      isEmpty = false;
    }
  }
  if (isEmpty) return;
  await copyRows(tx, COPY_BUCKETS, rows.take());
  await tx.query(ADD_BUCKETS);
};

/** What was interned by a transaction that has not committed yet. */
export interface Interned {
  readonly dims: readonly Dimensions[];
  readonly cells: readonly ChargeCell[];
}

const newIn = (slices: readonly Slice[], knownCells: ReadonlySet<bigint>): Interned => {
  const dims = new Set<Dimensions>();
  const cells = new Map<bigint, ChargeCell>();
  for (const { sums } of slices) {
    for (const group of sums.groups()) {
      if (!group.dims.isStored) dims.add(group.dims);
      for (const { cell } of group.cells) {
        if (!knownCells.has(cell.id)) cells.set(cell.id, cell);
      }
    }
  }
  return { dims: [...dims], cells: [...cells.values()] };
};

const columns = DIMENSION_COLUMNS.join(', ');
const arrays = DIMENSION_COLUMNS.map((_, index) => `$${index + 2}::text[]`).join(', ');
const isSameSet = DIMENSION_COLUMNS.map((name) => `d.${name} is not distinct from n.${name}`);

const ADD_DIMENSIONS = `
insert into dimension_set (id, ${columns})
select * from unnest($1::bigint[], ${arrays}) as n(id, ${columns}) order by id
on conflict (id) do nothing`;

const OTHER_DIMENSIONS = `
select n.id from unnest($1::bigint[], ${arrays}) as n(id, ${columns})
where not exists (select from dimension_set d where d.id = n.id and ${isSameSet.join(' and ')})`;

const addDimensions = async (tx: Tx, sets: readonly Dimensions[]): Promise<void> => {
  if (sets.length === 0) return;
  const parameters = [
    sets.map(({ idText }) => idText),
    ...DIMENSION_COLUMNS.map((_, index) => sets.map(({ fields }) => fields[index] ?? null)),
  ];
  await tx.query(ADD_DIMENSIONS, parameters);
  const [other] = await tx.query<{ id: string }>(OTHER_DIMENSIONS, parameters);
  if (other !== undefined) {
    throw new Defect('DIMENSION_COLLISION', `Dimension set ${other.id} has other content.`);
  }
};

const CELL_ARRAYS = `unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[],
  $6::text[], $7::text[], $8::text[])
  as n(id, tenant, price_table, version, model, kind, currency, price_text)`;

const ADD_CELLS = `
insert into charge_cell (id, tenant, price_table, version, model, kind, currency, price, price_text)
select id, tenant, price_table, version, model, kind, currency, price_text::numeric, price_text
from ${CELL_ARRAYS} order by id
on conflict (id) do nothing`;

const OTHER_CELLS = `
select n.id from ${CELL_ARRAYS} where not exists (select from charge_cell c where c.id = n.id
  and c.tenant = n.tenant and c.price_table = n.price_table and c.version = n.version
  and c.model = n.model and c.kind = n.kind and c.currency = n.currency
  and c.price_text = n.price_text)`;

const addCells = async (tx: Tx, cells: readonly ChargeCell[]): Promise<void> => {
  if (cells.length === 0) return;
  const parameters = [
    cells.map(({ id }) => id.toString()),
    cells.map(({ tenant }) => tenant),
    cells.map(({ priceTable }) => priceTable),
    cells.map(({ version }) => version),
    cells.map(({ model }) => model),
    cells.map(({ kind }) => kind),
    cells.map(({ currency }) => currency),
    cells.map(({ price }) => price),
  ];
  await tx.query(ADD_CELLS, parameters);
  const [other] = await tx.query<{ id: string }>(OTHER_CELLS, parameters);
  if (other !== undefined) {
    throw new Defect('CELL_COLLISION', `Charge cell ${other.id} has other content.`);
  }
};

/** Stores the rows that the slices' sums point to; gives what is new, for after the commit. */
export const intern = async (
  tx: Tx,
  slices: readonly Slice[],
  knownCells: ReadonlySet<bigint>,
): Promise<Interned> => {
  const interned = newIn(slices, knownCells);
  await addDimensions(tx, interned.dims);
  await addCells(tx, interned.cells);
  return interned;
};

const ADD_BATCHES = `
insert into batch (source_topic, partition, first_offset, last_offset, seq, rated, duplicate,
  conflict, unpriced, quarantined, merkle_root)
select n.topic, n.partition, n.first_offset, n.last_offset,
  n.place + coalesce((select max(b.seq) from batch b
    where b.source_topic = n.topic and b.partition = n.partition), 0),
  n.rated, n.duplicate, n.conflict, n.unpriced, n.quarantined, n.root
from (
  select u.*, row_number() over (partition by u.topic, u.partition order by u.first_offset) as place
  from unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::bytea[])
    as u(topic, partition, first_offset, last_offset, rated, duplicate, conflict, unpriced,
         quarantined, root)) n`;

/** One row a slice: the range, how its events ended, and the root over its rated calls. */
export const addBatches = async (tx: Tx, slices: readonly Slice[]): Promise<void> => {
  await tx.query(ADD_BATCHES, [
    slices.map(({ sourceTopic }) => sourceTopic),
    slices.map(({ partition }) => partition),
    slices.map(({ firstOffset }) => firstOffset.toString()),
    slices.map(({ lastOffset }) => lastOffset.toString()),
    ...PLACES.map((place) => slices.map(({ counts }) => counts[place].toString())),
    slices.map((slice) => `\\x${rootOf(slice)}`),
  ]);
};

const ADD_COUNTS = `
insert into event_count (tenant, partition, rated, duplicate, conflict, unpriced, quarantined)
select * from unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[],
  $6::bigint[], $7::bigint[]) order by 1, 2
on conflict (tenant, partition) do update set
  rated = event_count.rated + excluded.rated,
  duplicate = event_count.duplicate + excluded.duplicate,
  conflict = event_count.conflict + excluded.conflict,
  unpriced = event_count.unpriced + excluded.unpriced,
  quarantined = event_count.quarantined + excluded.quarantined`;

const ADD_DAYS = `
insert into daily_count (tenant, centre, day, partition, rated, duplicate, conflict, unpriced,
  quarantined)
select tenant, centre, date '1970-01-01' + day, partition, rated, duplicate, conflict, unpriced,
  quarantined
from unnest($1::text[], $2::text[], $3::integer[], $4::smallint[], $5::bigint[], $6::bigint[],
  $7::bigint[], $8::bigint[], $9::bigint[])
  as d(tenant, centre, day, partition, rated, duplicate, conflict, unpriced, quarantined)
order by tenant, centre, day, partition
on conflict (tenant, centre, day, partition) do update set
  rated = daily_count.rated + excluded.rated,
  duplicate = daily_count.duplicate + excluded.duplicate,
  conflict = daily_count.conflict + excluded.conflict,
  unpriced = daily_count.unpriced + excluded.unpriced,
  quarantined = daily_count.quarantined + excluded.quarantined`;

interface CountRow extends Owner {
  readonly partition: number;
  readonly counts: Counts;
}

/** Sums slices of one partition under the key that `keyOf` gives. */
const countRows = (
  slices: readonly Slice[],
  keyOf: (owner: Owner) => string,
): readonly CountRow[] => {
  const rows = new Map<string, CountRow>();
  for (const { partition, owners } of slices) {
    for (const { tenant, centre, day, counts } of owners.values()) {
      const owner = { tenant, centre, day };
      const key = `${partition}/${keyOf(owner)}`;
      const row = rows.get(key) ?? { ...owner, partition, counts: noCounts() };
      rows.set(key, row);
      for (const place of PLACES) row.counts[place] += counts[place];
    }
  }
  return [...rows.values()];
};

const placesOf = (rows: readonly CountRow[]): readonly (readonly string[])[] =>
  PLACES.map((place) => rows.map(({ counts }) => counts[place].toString()));

/** Adds how events ended: by tenant, and by centre and day. */
export const addCounts = async (tx: Tx, slices: readonly Slice[]): Promise<void> => {
  const rows = countRows(slices, ({ tenant }) => tenant);
  await tx.query(ADD_COUNTS, [
    rows.map(({ tenant }) => tenant),
    rows.map(({ partition }) => partition),
    ...placesOf(rows),
  ]);
  const days = countRows(slices, (owner) => JSON.stringify(owner));
  await tx.query(ADD_DAYS, [
    days.map(({ tenant }) => tenant),
    days.map(({ centre }) => centre),
    days.map(({ day }) => day),
    days.map(({ partition }) => partition),
    ...placesOf(days),
  ]);
};
