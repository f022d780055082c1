/**
 * The calls behind an invoice, page by page in the order of their identities.
 *
 * Invariant   exactly the billable calls that were posted to the invoice's period.
 * Source      invariant I9
 */
import { formatInstant } from '@suanpan/calendar';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { BILLABLE } from '@suanpan/pricing';
import { trimZeros } from '../exact-text.js';
import type { InvoiceRow } from './invoice-rows.js';

export interface CallRow {
  readonly h1: string;
  readonly h2: string;
  readonly source: string;
  readonly id: string;
  readonly time: string;
  readonly model: string;
  readonly input: string;
  readonly cached_input: string;
  readonly cache_write: string;
  readonly output: string;
  readonly reasoning: string;
  readonly other_kinds: Readonly<Record<string, string>> | null;
  readonly amount: string;
  readonly version: string;
  readonly service_period: string;
  readonly partition: number;
  readonly offset: string;
  readonly payload_hash: string;
}

const CALLS = `
select c.h1, c.h2, c.source, c.id, c.time, d.model_ordered as model, c.input, c.cached_input,
  c.cache_write, c.output, c.reasoning, c.other_kinds, c.amount, v.version, c.service_period,
  c.partition, c."offset", encode(c.payload_hash, 'hex') as payload_hash
from call c
join dimension_set d on d.id = c.dims
join price_version v on v.id = c.price_version
where d.contract = $1 and c.posting_period = $2 and c.billing_state = ${BILLABLE}
  and ($3::bigint is null or (c.h1, c.h2) > ($3::bigint, $4::bigint))
order by c.h1, c.h2 limit $5`;

export interface CallPage {
  readonly after: readonly string[] | null;
  readonly limit: number;
}

export const callsBehind = (tx: Tx, invoice: InvoiceRow, page: CallPage): Promise<CallRow[]> =>
  tx.query<CallRow>(CALLS, [
    invoice.contract,
    invoice.period,
    page.after?.[0] ?? null,
    page.after?.[1] ?? null,
    page.limit,
  ]);

const kindsOf = (row: CallRow): readonly object[] =>
  Object.entries({
    input: row.input,
    cached_input: row.cached_input,
    cache_write: row.cache_write,
    output: row.output,
    reasoning: row.reasoning,
    ...row.other_kinds,
  })
    .filter(([, quantity]) => quantity !== '0')
    .map(([kind, quantity]) => ({ kind, quantity }));

export const toWireCall = (row: CallRow) => ({
  source: row.source,
  id: row.id,
  time: formatInstant(fromRowInstant(row.time)),
  model: row.model,
  kinds: kindsOf(row),
  amount: trimZeros(row.amount),
  priceVersion: row.version,
  servicePeriod: row.service_period,
  partition: row.partition,
  offset: row.offset,
  payloadHash: row.payload_hash,
});
