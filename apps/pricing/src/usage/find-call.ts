/**
 * One call by its name: what it was, what it cost, where it stands in the log and on a bill, and what
 * corrections made of it.
 *
 * Shape       quantities, price and amount are the call's own, as it was sent (I7); what is billed
 *             now is these and the effects together.
 * Source      requirement T1 (first form); rulings R3, R22 (sources contain slashes)
 */
import { formatInstant, quarterHourOf } from '@suanpan/calendar';
import { identityOf } from '@suanpan/messages';
import { amountOf, exactDecimal, parsePrice } from '@suanpan/money';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { billingStateName } from '@suanpan/pricing';
import { trimZeros } from '../exact-text.js';
import { fromRowUsage } from '../rating/unpriced.js';
import { effectsOn } from './call-effects.js';
import { kindsOf } from './kind-columns.js';
import type { KindColumns, Kinds } from './kind-columns.js';

export interface CallName {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
}

interface DimensionRow {
  readonly contract: string;
  readonly buyer: string;
  readonly centre: string;
  readonly model_ordered: string;
  readonly model_served: string | null;
  readonly upstream: string | null;
  readonly authorization_id: string | null;
  readonly lot: string | null;
  readonly route: string | null;
  readonly end_user_country: string | null;
  readonly route_type: string | null;
  readonly control_region: string | null;
  readonly inference_region: string | null;
}

interface CallRow extends DimensionRow, KindColumns {
  readonly time: string;
  readonly amount: string;
  readonly billing_state: 0 | 1;
  readonly service_period: string;
  readonly posting_period: string;
  readonly payload_hash: string;
  readonly partition: number;
  readonly offset: string;
  readonly extra: Readonly<Record<string, unknown>> | null;
  readonly price_version: string;
  readonly price_table: string;
  readonly version: string;
  readonly currency: string;
}

const CALL = `
select c.time, c.input, c.cached_input, c.cache_write, c.output, c.reasoning, c.other_kinds,
  c.amount, c.billing_state, c.service_period, c.posting_period,
  encode(c.payload_hash, 'hex') as payload_hash, c.partition, c."offset", c.extra, c.price_version,
  d.contract, d.buyer, d.centre, d.model_ordered, d.model_served, d.upstream, d.authorization_id,
  d.lot, d.route, d.end_user_country, d.route_type, d.control_region, d.inference_region,
  v.price_table, v.version, v.currency
from call c
join dimension_set d on d.id = c.dims
join price_version v on v.id = c.price_version
where c.h1 = $1 and c.h2 = $2`;

const PRICES = `select kind, per_million_text from price where price_version = $1 and model = $2`;

const INVOICE = `
select i.invoice, i.number, array_agg(l.line order by l.line) as lines
from invoice i join invoice_line l on l.tenant = i.tenant and l.invoice = i.invoice
where i.contract = $1 and i.period = $2 and l.service_period = $3 and l.model = $4
  and l.price_table = $5 and l.price_version = $6 and l.kind = any($7::text[])
group by 1, 2`;

const UNPRICED = `
select code, event, encode(payload_hash, 'hex') as payload_hash, partition, "offset",
  superseded_by
from unpriced where h1 = $1 and h2 = $2 and resolved_cut is null`;

const CONFLICTS = `
select partition, log_offset, first_seen from quarantine
where source = $1 and event_id = $2 and reason = 'CONFLICT' order by partition, log_offset`;

const pricesOf = async (tx: Tx, row: CallRow): Promise<ReadonlyMap<string, string>> => {
  const rows = await tx.query<{ kind: string; per_million_text: string }>(PRICES, [
    row.price_version,
    row.model_ordered,
  ]);
  return new Map(rows.map(({ kind, per_million_text: price }) => [kind, price]));
};

const invoiceOf = async (tx: Tx, row: CallRow, kinds: Kinds): Promise<object | null> => {
  // A call on hold stands on no invoice, whatever its neighbours do.
  if (row.billing_state !== 0) return null;
  const [invoice] = await tx.query<{ invoice: string; number: string; lines: readonly number[] }>(
    INVOICE,
    [
      row.contract,
      row.posting_period,
      row.service_period,
      row.model_ordered,
      row.price_table,
      row.version,
      kinds.map(([kind]) => kind),
    ],
  );
  return invoice ?? null;
};

const toWireDimensions = (row: DimensionRow) => ({
  contract: row.contract,
  buyer: row.buyer,
  centre: row.centre,
  modelOrdered: row.model_ordered,
  modelServed: row.model_served,
  upstream: row.upstream,
  authorization: row.authorization_id,
  lot: row.lot,
  route: row.route,
  endUserCountry: row.end_user_country,
  routeType: row.route_type,
  controlRegion: row.control_region,
  inferenceRegion: row.inference_region,
});

const toWireKind = (kind: string, quantity: bigint, price: string | undefined) => ({
  kind,
  quantity: quantity.toString(),
  price: price ?? null,
  amount: price === undefined ? null : exactDecimal(amountOf(quantity, parsePrice(price))),
});

const ratedCall = async (tx: Tx, row: CallRow): Promise<object> => {
  const prices = await pricesOf(tx, row);
  const kinds = kindsOf(row);
  const time = fromRowInstant(row.time);
  return {
    state: 'rated',
    code: null,
    time: formatInstant(time),
    ...toWireDimensions(row),
    priceTable: row.price_table,
    priceVersion: row.version,
    currency: row.currency,
    kinds: kinds.map(([kind, quantity]) => toWireKind(kind, quantity, prices.get(kind))),
    amount: trimZeros(row.amount),
    billingState: billingStateName(row.billing_state),
    quarterHour: formatInstant(quarterHourOf(time)),
    servicePeriod: row.service_period,
    postingPeriod: row.posting_period,
    payloadHash: row.payload_hash,
    partition: row.partition,
    offset: row.offset,
    extra: row.extra ?? {},
    invoice: await invoiceOf(tx, row, kinds),
  };
};

interface UnpricedRow {
  readonly code: string;
  readonly event: string;
  readonly payload_hash: string;
  readonly partition: number;
  readonly offset: string;
  /** The revision that has made a price needless. */
  readonly superseded_by: string | null;
}

const unpricedCall = (row: UnpricedRow): object => {
  const event = fromRowUsage(row.event);
  const served = event.modelServed === event.modelOrdered ? null : event.modelServed;
  return {
    state: row.superseded_by === null ? 'unpriced' : 'rated',
    code: row.superseded_by === null ? row.code : null,
    time: formatInstant(event.time),
    contract: event.contract,
    buyer: event.buyer,
    centre: event.centre,
    modelOrdered: event.modelOrdered,
    modelServed: served,
    upstream: event.upstream,
    authorization: event.authorization,
    lot: event.lot,
    route: event.route,
    endUserCountry: event.endUserCountry,
    routeType: event.routeType,
    controlRegion: event.controlRegion,
    inferenceRegion: event.inferenceRegion,
    priceTable: null,
    priceVersion: null,
    currency: null,
    kinds: Object.entries(event.kinds)
      .filter(([, quantity]) => quantity !== 0n)
      .map(([kind, quantity]) => toWireKind(kind, quantity, undefined)),
    amount: null,
    billingState: null,
    quarterHour: formatInstant(quarterHourOf(event.time)),
    servicePeriod: null,
    postingPeriod: null,
    payloadHash: row.payload_hash,
    partition: row.partition,
    offset: row.offset,
    extra: {},
    invoice: null,
  };
};

const conflictsOf = async (tx: Tx, { source, id }: CallName): Promise<readonly object[]> => {
  const rows = await tx.query<{ partition: number; log_offset: string; first_seen: string }>(
    CONFLICTS,
    [source, id],
  );
  return rows.map((row) => ({
    partition: row.partition,
    offset: row.log_offset,
    firstSeenAt: formatInstant(fromRowInstant(row.first_seen)),
  }));
};

/** The call as the door shows it; nothing when the scope sees none of that name. */
export const findCall = async (tx: Tx, name: CallName): Promise<object | undefined> => {
  const identity = identityOf(name.tenant, name.source, name.id);
  const halves = [identity.readBigInt64BE(0).toString(), identity.readBigInt64BE(8).toString()];
  const [row] = await tx.query<CallRow>(CALL, halves);
  const [unpriced] = row === undefined ? await tx.query<UnpricedRow>(UNPRICED, halves) : [];
  const found = row === undefined ? unpriced && unpricedCall(unpriced) : await ratedCall(tx, row);
  if (found === undefined) return undefined;
  const { source, id } = name;
  const wasOvertaken = typeof unpriced?.superseded_by === 'string';
  const corrected = await effectsOn(tx, halves, wasOvertaken);
  return { source, id, ...found, ...corrected, conflicts: await conflictsOf(tx, name) };
};
