import type { Snapshot } from '../verify/database.js';
import { exactOf, over, shown, times, whole } from '../verify/exact.js';
import { contentIdOf } from '../verify/identity.js';
import { callsCorrectedBy, isVoid, type TracedVersion, versionsOf } from './versions.js';

/**
 * One call, from the record in the log to the bank line, as the services have stored it (T1, first form).
 *
 * Shape       read by the auditor in one picture; each step names the rows that the next one starts from.
 */
export interface TracedKind {
  readonly kind: string;
  readonly quantity: string;
  readonly price: string;
  readonly amount: string;
}

export interface TracedLine {
  readonly kind: string;
  readonly line: number;
  readonly quantity: string;
  readonly calls: string;
  readonly amount: string;
}

export interface TracedShare {
  readonly party: string;
  readonly role: string;
  readonly agreement: string;
  readonly agreementVersion: number;
  readonly share: string;
  readonly statement: string | null;
  readonly statementLine: number | null;
  readonly settlement: string | null;
  readonly payout: string | null;
  readonly rates: readonly string[];
  readonly bankLine: string | null;
}

export interface TracedReceipt {
  readonly receipt: string;
  readonly payer: string;
  readonly amount: string;
  readonly currency: string;
  readonly date: string;
  readonly bankLine: string;
}

export interface TracedInvoice {
  readonly invoice: string;
  readonly number: string;
  readonly buyer: string;
  readonly total: string;
  readonly currency: string;
  readonly lines: readonly TracedLine[];
  readonly shares: readonly TracedShare[];
  readonly receipts: readonly TracedReceipt[];
}

export interface Trace {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly state: 'rated' | 'unpriced';
  readonly reason: string | null;
  readonly record: string;
  readonly time: string;
  readonly contract: string;
  readonly model: string;
  readonly centre: string | null;
  readonly upstream: string | null;
  readonly authorization: string | null;
  readonly priceTable: string | null;
  readonly priceVersion: string | null;
  readonly currency: string | null;
  readonly amount: string | null;
  readonly billing: string | null;
  readonly servicePeriod: string | null;
  readonly postingPeriod: string | null;
  readonly quarterHour: string | null;
  readonly kinds: readonly TracedKind[];
  readonly conflicts: readonly string[];
  /** The call and its corrections; empty when it has none. */
  readonly versions: readonly TracedVersion[];
  readonly isVoid: boolean;
  readonly invoice: TracedInvoice | null;
}

export interface Asked {
  readonly source: string;
  readonly id: string;
  readonly tenant: string | null;
}

interface CallRow {
  readonly tenant: string;
  readonly partition: number;
  readonly offset: string;
  readonly time: string;
  readonly quarter_hour: string;
  readonly contract: string;
  readonly centre: string;
  readonly model: string;
  readonly upstream: string | null;
  readonly authorization_id: string | null;
  readonly price_table: string;
  readonly version: string;
  readonly currency: string;
  readonly amount: string;
  readonly billing_state: number;
  readonly service_period: string;
  readonly posting_period: string;
  readonly input: string;
  readonly cached_input: string;
  readonly cache_write: string;
  readonly output: string;
  readonly reasoning: string;
  readonly other_kinds: Readonly<Record<string, string>> | null;
}

const CALL = `
select c.tenant, c.partition, c."offset", c.time::text as time, d.contract, d.centre,
  date_bin('15 minutes', c.time, '1970-01-01Z')::text as quarter_hour,
  d.model_ordered as model, d.upstream, d.authorization_id, v.price_table, v.version, v.currency,
  c.amount::text as amount, c.billing_state, c.service_period, c.posting_period,
  c.input, c.cached_input, c.cache_write, c.output, c.reasoning, c.other_kinds
from pricing.call c
join pricing.dimension_set d on d.id = c.dims
join pricing.price_version v on v.id = c.price_version
where c.source = $1 and c.id = $2 and ($3::text is null or c.tenant = $3)`;

const UNPRICED = `
select tenant, partition, "offset", since::text as since, contract, model, code
from pricing.unpriced
where source = $1 and id = $2 and ($3::text is null or tenant = $3) and resolved_cut is null`;

const CONFLICTS = `
select topic || ' ' || partition || '/' || log_offset || ', seen ' || first_seen as conflict
from pricing.quarantine
where source = $1 and event_id = $2 and tenant = $3 and reason = 'CONFLICT' order by 1`;

const LINES = `
select i.invoice, i.number, i.buyer, i.total::text as total, i.currency, l.kind, l.line,
  l.quantity::text as quantity, l.calls::text as calls, l.amount::text as amount
from pricing.invoice i
join pricing.invoice_line l on l.tenant = i.tenant and l.invoice = i.invoice
where i.tenant = $1 and i.contract = $2 and i.period = $3 and l.model = $4
  and l.price_table = $5 and l.price_version = $6 and l.service_period = $7
  and l.kind = any($8::text[])
order by l.line`;

const SHARES = `
select d.party, d.role, d.agreement, d.agreement_version as "agreementVersion",
  d.share::text as share, s.number as statement, l.line as "statementLine", t.settlement,
  g.net || ' ' || g.currency || ' as ' || g.payout_amount || ' ' || t.payout_currency as payout,
  coalesce(g.rate_ids, '{}') as rates, t.bank_line as "bankLine"
from profit_share.distribution d
left join profit_share.statement_line l on l.tenant = d.tenant and l.invoice = d.invoice
  and l.agreement = d.agreement and l.agreement_version = d.agreement_version
  and l.partner = d.party and l.model = d.model
left join profit_share.statement s on s.tenant = l.tenant and s.statement = l.statement
left join settlement.payable p on p.tenant = s.tenant and p.statement = s.statement
left join settlement.settlement t on t.tenant = p.tenant and t.settlement = p.settlement
left join settlement.settlement_leg g on g.tenant = t.tenant and g.settlement = t.settlement
  and g.currency = s.currency
where d.tenant = $1 and d.invoice = $2 and d.model = $3
  and d.agreement_version = (select max(v.version) from profit_share.agreement_version v
    where v.tenant = d.tenant and v.agreement = d.agreement
      and v.effective_from <= $4::timestamptz)
order by d.party`;

const RECEIPTS = `
select r.receipt, r.payer, m.amount::text as amount, m.currency, r.date::text as date,
  b.bank_line as "bankLine"
from settlement.receipt_match m
join settlement.receipt r on r.tenant = m.tenant and r.receipt = m.receipt
join settlement.bank_line b on b.tenant = r.tenant and b.bank_line = r.receipt
where m.tenant = $1 and m.invoice = $2
order by r.date, r.receipt`;

const kindsOf = (row: CallRow): ReadonlyMap<string, string> => {
  const { input, cached_input, cache_write, output, reasoning, other_kinds: others } = row;
  const all = { input, cached_input, cache_write, output, reasoning, ...others };
  return new Map(Object.entries(all).filter(([, quantity]) => quantity !== '0'));
};

const pricedKinds = async (snapshot: Snapshot, row: CallRow): Promise<readonly TracedKind[]> => {
  const kinds = kindsOf(row);
  const prices = await snapshot.rows<{ kind: string; price: string; per: string }>(
    `select kind, per_million_text as price, per_million::text as per from pricing.price
     where price_version = $1 and model = $2`,
    [contentIdOf([row.tenant, row.price_table, row.version]), row.model],
  );
  return [...kinds].map(([kind, quantity]) => {
    const price = prices.find((each) => each.kind === kind);
    const product = times(exactOf(quantity), exactOf(price?.per ?? '0'));
    const amount = shown(over(product, whole(1_000_000n)));
    return { kind, quantity, price: price?.price ?? '?', amount };
  });
};

type LineRow = TracedLine & Omit<TracedInvoice, 'lines' | 'shares' | 'receipts'>;

const invoiceOf = async (snapshot: Snapshot, row: CallRow): Promise<TracedInvoice | null> => {
  const lines = await snapshot.rows<LineRow>(LINES, [
    ...[row.tenant, row.contract, row.posting_period, row.model, row.price_table, row.version],
    ...[row.service_period, [...kindsOf(row).keys()]],
  ]);
  const [first] = lines;
  if (first === undefined || row.billing_state !== 0) return null;
  const { invoice, number, buyer, total, currency } = first;
  return {
    ...{ invoice, number, buyer, total, currency },
    lines: lines.map(({ kind, line, quantity, calls, amount }) => ({
      ...{ kind, line, quantity, calls, amount },
    })),
    shares: await snapshot.rows<TracedShare>(SHARES, [
      ...[row.tenant, invoice, row.model, row.quarter_hour],
    ]),
    receipts: await snapshot.rows<TracedReceipt>(RECEIPTS, [row.tenant, invoice]),
  };
};

const ratedTrace = async (snapshot: Snapshot, asked: Asked, row: CallRow): Promise<Trace> => {
  const { source, id } = asked;
  const conflicts = await snapshot.rows<{ conflict: string }>(CONFLICTS, [source, id, row.tenant]);
  const versions = await versionsOf(snapshot, { tenant: row.tenant, source, id }, true);
  return {
    ...{ tenant: row.tenant, source, id, state: 'rated', reason: null },
    record: `usage.recorded ${row.partition}/${row.offset}`,
    ...{ time: row.time, contract: row.contract, model: row.model, centre: row.centre },
    ...{ upstream: row.upstream, authorization: row.authorization_id },
    ...{ priceTable: row.price_table, priceVersion: row.version, currency: row.currency },
    amount: row.amount,
    billing: row.billing_state === 0 ? 'billable' : 'hold',
    ...{ servicePeriod: row.service_period, postingPeriod: row.posting_period },
    quarterHour: row.quarter_hour,
    kinds: await pricedKinds(snapshot, row),
    conflicts: conflicts.map(({ conflict }) => conflict),
    ...{ versions, isVoid: isVoid(versions) },
    invoice: await invoiceOf(snapshot, row),
  };
};

interface UnpricedRow {
  readonly tenant: string;
  readonly partition: number;
  readonly offset: string;
  readonly since: string;
  readonly contract: string;
  readonly model: string;
  readonly code: string;
}

const unpricedTrace = (
  { source, id }: Asked,
  row: UnpricedRow,
  versions: readonly TracedVersion[],
): Trace => ({
  ...{ tenant: row.tenant, source, id, state: 'unpriced', reason: row.code },
  record: `usage.recorded ${row.partition}/${row.offset}`,
  ...{ time: row.since, contract: row.contract, model: row.model, centre: null },
  ...{ upstream: null, authorization: null, priceTable: null, priceVersion: null },
  ...{ currency: null, amount: null, billing: null, servicePeriod: null, postingPeriod: null },
  ...{ quarterHour: null, kinds: [], conflicts: [], invoice: null },
  ...{ versions, isVoid: isVoid(versions) },
});

const namedTraces = async (snapshot: Snapshot, asked: Asked): Promise<readonly Trace[]> => {
  const parameters = [asked.source, asked.id, asked.tenant];
  const traces: Trace[] = [];
  for (const row of await snapshot.rows<CallRow>(CALL, parameters)) {
    traces.push(await ratedTrace(snapshot, asked, row));
  }
  for (const row of await snapshot.rows<UnpricedRow>(UNPRICED, parameters)) {
    const { source, id } = asked;
    const versions = await versionsOf(snapshot, { tenant: row.tenant, source, id }, false);
    traces.push(unpricedTrace(asked, row, versions));
  }
  return traces;
};

/**
 * All calls of that name: one for each tenant that has it; of a correction the calls that it speaks of; empty when
 * nobody has any.
 */
export const traceCall = async (snapshot: Snapshot, asked: Asked): Promise<readonly Trace[]> => {
  const named = await namedTraces(snapshot, asked);
  if (named.length > 0) return named;
  const traces: Trace[] = [];
  for (const call of await callsCorrectedBy(snapshot, asked)) {
    traces.push(...(await namedTraces(snapshot, call)));
  }
  return traces;
};
