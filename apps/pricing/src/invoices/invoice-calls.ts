/**
 * The calls behind an invoice, page by page in the order of their identities, and what voids and
 * corrections added or took back.
 *
 * Shape       revision 0 is a call as it was sent; a sign of -1 is a version that was taken back, with
 *             its quantities below zero.
 * Invariant   exactly the billable usage that was posted to the invoice's period: the rows add up to
 *             the quantities of its lines.
 * Source      invariant I9, ruling R3
 */
import { formatInstant } from '@suanpan/calendar';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { BILLABLE } from '@suanpan/pricing';
import { trimZeros } from '../exact-text.js';
import type { KindColumns } from '../usage/kind-columns.js';
import type { InvoiceRow } from './invoice-rows.js';

export interface CallRow extends KindColumns {
  readonly h1: string;
  readonly h2: string;
  readonly revision: string;
  readonly sign: number;
  readonly source: string;
  readonly id: string;
  readonly time: string;
  readonly model: string;
  readonly amount: string;
  readonly version: string;
  readonly service_period: string;
  readonly partition: number;
  readonly offset: string;
  readonly payload_hash: string;
}

const FIELDS = `c.source, c.id, c.time, d.model_ordered as model, c.input, c.cached_input,
  c.cache_write, c.output, c.reasoning, c.other_kinds, c.amount, v.version, c.service_period,
  c.partition, c."offset", encode(c.payload_hash, 'hex') as payload_hash`;
const JOINED = `join dimension_set d on d.id = c.dims
  join price_version v on v.id = c.price_version
  where d.contract = $1 and c.posting_period = $2 and c.billing_state = ${BILLABLE}`;

const CALLS = `
select * from (
  select c.h1, c.h2, 0::bigint as revision, 1::smallint as sign, ${FIELDS} from call c ${JOINED}
  union all
  select c.h1, c.h2, c.revision, c.sign, ${FIELDS} from correction_effect c ${JOINED}) behind
where $3::bigint is null
  or (h1, h2, revision, sign) > ($3::bigint, $4::bigint, $5::bigint, $6::smallint)
order by h1, h2, revision, sign limit $7`;

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
    page.after?.[2] ?? null,
    page.after?.[3] ?? null,
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
  revision: row.revision,
  effect: row.sign === 1 ? 'added' : 'taken-back',
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
