/**
 * Reads what the database knows of calls that are corrected.
 *
 * Owns        the way from rows of `call`, `correction_effect`, `unpriced` and `correction` to the
 *             versions of a call.
 * Rejections  none; Defect PRICE_VERSION_GONE when a row names a price version that is not known
 */
import { Defect } from '@suanpan/event-sourcing';
import type { UsageRecorded } from '@suanpan/messages';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import type { BillingState, Catalogue } from '@suanpan/pricing';
import { amountAt } from '@suanpan/pricing';
import { DIMENSION_COLUMNS } from '../rating/dimensions.js';
import type { DimensionCache } from '../rating/dimensions.js';
import { fromRowUsage } from '../rating/unpriced.js';
import type { KindColumns } from '../usage/kind-columns.js';
import type { RatedVersion } from './call-history.js';
import type { Action } from './correction-name.js';

export interface Halves {
  readonly h1: string;
  readonly h2: string;
}

/** A version that has been counted: the call's own row, or what a correction has added. */
interface CountedRow extends Halves, KindColumns {
  readonly revision: string;
  readonly time: string;
  readonly price_version: string;
  readonly billing_state: BillingState;
  readonly service_period: string;
  readonly posting_period: string;
  readonly payload_hash: string;
  readonly dimensions: readonly (string | null)[];
}

const WANTED = 'unnest($1::bigint[], $2::bigint[]) as w(h1, h2)';
const FIELDS = `v.time, v.price_version, v.input, v.cached_input, v.cache_write, v.output,
  v.reasoning, v.other_kinds, v.billing_state,
  v.service_period, v.posting_period, encode(v.payload_hash, 'hex') as payload_hash,
  array[${DIMENSION_COLUMNS.map((name) => `d.${name}`).join(', ')}] as dimensions`;

const COUNTED = `
select v.h1, v.h2, '0' as revision, ${FIELDS}
from call v join ${WANTED} using (h1, h2) join dimension_set d on d.id = v.dims
union all
select v.h1, v.h2, v.revision::text, ${FIELDS}
from correction_effect v join ${WANTED} using (h1, h2) join dimension_set d on d.id = v.dims
where v.sign = 1`;

/** The properties of an event that are its dimensions, in the order of the columns. */
const DIMENSION_FIELDS = [
  'tenant',
  'contract',
  'buyer',
  'centre',
  'modelOrdered',
  'modelServed',
  'upstream',
  'authorization',
  'lot',
  'route',
  'endUserCountry',
  'dataOrigin',
  'facility',
  'pool',
  'returnCountry',
  'purpose',
  'serviceTier',
  'routeType',
  'controlRegion',
  'inferenceRegion',
  'useCase',
  'industry',
  'dataClass',
  'datasetTag',
] as const satisfies readonly (keyof UsageRecorded)[];

/** Only its dimensions are ever read (rating/dimensions). */
const eventOf = (dimensions: readonly (string | null)[]): UsageRecorded =>
  Object.fromEntries(
    DIMENSION_FIELDS.map((name, index) => [name, dimensions[index] ?? null]),
  ) as unknown as UsageRecorded;

const kindsOf = (row: CountedRow): Readonly<Record<string, bigint>> => {
  const { input, cached_input, cache_write, output, reasoning, other_kinds } = row;
  const texts = { input, cached_input, cache_write, output, reasoning, ...other_kinds };
  return Object.fromEntries(
    Object.entries(texts)
      .map(([kind, quantity]) => [kind, BigInt(quantity)] as const)
      .filter(([, quantity]) => quantity !== 0n),
  );
};

export interface Reading {
  readonly dimensions: DimensionCache;
  readonly catalogue: Catalogue;
}

const fromRowCounted = (row: CountedRow, { dimensions, catalogue }: Reading): RatedVersion => {
  const dims = dimensions.of(eventOf(row.dimensions));
  const { windows } = dims.planIn(catalogue);
  const window = windows.find(({ versionId }) => versionId.toString() === row.price_version);
  if (window?.prices === undefined) {
    throw new Defect('PRICE_VERSION_GONE', `Price version ${row.price_version} is not known.`);
  }
  const kinds = kindsOf(row);
  const amount = amountAt(window.prices, kinds);
  if (amount === undefined) {
    throw new Defect('PRICE_VERSION_GONE', `A kind of ${row.h1}/${row.h2} has lost its price.`);
  }
  return {
    counted: { dims, time: fromRowInstant(row.time), kinds, payloadHash: row.payload_hash },
    rated: {
      status: 'rated',
      window,
      prices: window.prices,
      ...amount,
      billingState: row.billing_state,
      servicePeriod: row.service_period,
      postingPeriod: row.posting_period,
    },
  };
};

export interface StoredCorrection extends Halves {
  readonly revision: bigint;
  readonly action: Action;
  readonly code: string | null;
  readonly payloadHash: string;
  readonly event: UsageRecorded;
  readonly partition: number;
  readonly offset: bigint;
  readonly since: bigint;
}

export interface StoredUnpriced extends Halves {
  readonly payloadHash: string;
  readonly event: UsageRecorded;
  /** A later version has made a price needless. */
  readonly isOvertaken: boolean;
}

/** Everything that is stored of some calls. */
export interface StoredHistories {
  /** By revision; 0 is the call itself. */
  readonly counted: readonly (Halves & {
    readonly revision: bigint;
    readonly version: RatedVersion;
  })[];
  readonly unpriced: readonly StoredUnpriced[];
  /** In the order of revisions. */
  readonly corrections: readonly StoredCorrection[];
}

interface CorrectionRow extends Halves {
  readonly revision: string;
  readonly action: Action;
  readonly code: string | null;
  readonly payload_hash: string;
  readonly event: string;
  readonly partition: number;
  readonly offset: string;
  readonly since: string;
}

interface UnpricedRow extends Halves {
  readonly payload_hash: string;
  readonly event: string;
  readonly overtaken: boolean;
}

const CORRECTIONS = `
select c.h1, c.h2, c.revision, c.action, c.code, encode(c.payload_hash, 'hex') as payload_hash,
  c.event, c.partition, c."offset", c.since
from correction c join ${WANTED} using (h1, h2) order by c.h1, c.h2, c.revision`;

const UNPRICED = `
select u.h1, u.h2, encode(u.payload_hash, 'hex') as payload_hash, u.event,
  u.superseded_by is not null as overtaken
from unpriced u join ${WANTED} using (h1, h2) where u.resolved_cut is null`;

export const fromRowCorrection = (row: CorrectionRow): StoredCorrection => ({
  h1: row.h1,
  h2: row.h2,
  revision: BigInt(row.revision),
  action: row.action,
  code: row.code,
  payloadHash: row.payload_hash,
  event: fromRowUsage(row.event),
  partition: row.partition,
  offset: BigInt(row.offset),
  since: fromRowInstant(row.since),
});

/** What the database knows of the calls, as this transaction sees it. */
export const readHistories = async (
  tx: Tx,
  halves: readonly Halves[],
  reading: Reading,
): Promise<StoredHistories> => {
  const wanted = [halves.map(({ h1 }) => h1), halves.map(({ h2 }) => h2)];
  const counted = await tx.query<CountedRow>(COUNTED, wanted);
  const unpriced = await tx.query<UnpricedRow>(UNPRICED, wanted);
  const corrections = await tx.query<CorrectionRow>(CORRECTIONS, wanted);
  return {
    counted: counted.map((row) => ({
      h1: row.h1,
      h2: row.h2,
      revision: BigInt(row.revision),
      version: fromRowCounted(row, reading),
    })),
    unpriced: unpriced.map((row) => ({
      h1: row.h1,
      h2: row.h2,
      payloadHash: row.payload_hash,
      event: fromRowUsage(row.event),
      isOvertaken: row.overtaken,
    })),
    corrections: corrections.map(fromRowCorrection),
  };
};
