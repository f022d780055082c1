/**
 * How price tables are stored, published and projected.
 *
 * Invariant   a projection is made of the event alone, so that replay makes the same one.
 */
import type { MessageOf } from '@suanpan/messages';
import { encode } from '@suanpan/messages';
import type { OutboxMessage, Tx } from '@suanpan/platform-postgres';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { PriceVersionActivated } from '@suanpan/pricing';
import { priceVersionId } from '@suanpan/pricing';
import { z } from 'zod';
import { cutMark } from '../cuts/cut.js';
import type { CutMark } from '../cuts/cut.js';

export const priceTableStream = (priceTable: string): string => `price-table:${priceTable}`;

const body = z.object({
  priceTable: z.string(),
  version: z.string(),
  currency: z.string(),
  effectiveFrom: z.string().transform(BigInt),
  source: z.string(),
  prices: z.array(z.object({ model: z.string(), kind: z.string(), perMillion: z.string() })),
  cut: cutMark,
});

type Stored = PriceVersionActivated & { readonly cut: CutMark };

export const toRowPriceEvent =
  (cut: CutMark) =>
  ({ type, ...fields }: PriceVersionActivated) => ({
    type,
    body: { ...fields, cut: { ordinal: cut.ordinal, vector: cut.vector } },
  });

export const fromRowPriceEvent = (type: string, stored: unknown): Stored => ({
  type: z.literal('PriceVersionActivated').parse(type),
  ...body.parse(stored),
});

const toWireVersion = (
  tenant: string,
  event: PriceVersionActivated,
): MessageOf<'price-table.version-activated'> => ({
  tenant,
  priceTable: event.priceTable,
  version: event.version,
  currency: event.currency,
  effectiveFrom: event.effectiveFrom,
  prices: event.prices,
  source: event.source,
});

export const publishPriceVersion = (
  tenant: string,
  event: PriceVersionActivated,
): OutboxMessage => ({
  topic: 'price-table',
  key: priceTableStream(event.priceTable),
  type: 'price-table.version-activated',
  tenant,
  streamId: priceTableStream(event.priceTable),
  value: encode('price-table.version-activated', toWireVersion(tenant, event)),
});

const END_PREVIOUS = `
update price_version set during = tstzrange(lower(during), $3), catalogue_version = $4
where tenant = $1 and price_table = $2 and upper_inf(during)`;

const ADD = `
insert into price_version (id, tenant, price_table, version, currency, during, source,
  catalogue_version)
values ($1, $2, $3, $4, $5, tstzrange($6, null), $7, $8)`;

const ADD_PRICES = `
insert into price (price_version, tenant, model, kind, per_million, per_million_text)
select $1, $2, model, kind, per_million::numeric, per_million
from unnest($3::text[], $4::text[], $5::text[]) as p(model, kind, per_million)`;

/** The tables `price_version` and `price`; the version before ends where this one starts. */
export const projectPriceVersion = async (
  tx: Tx,
  {
    tenant,
    event,
    catalogueVersion,
  }: {
    readonly tenant: string;
    readonly event: PriceVersionActivated;
    readonly catalogueVersion: bigint;
  },
): Promise<void> => {
  const { priceTable, version, prices } = event;
  const from = toRowInstant(event.effectiveFrom);
  const changed = catalogueVersion.toString();
  const id = priceVersionId(tenant, priceTable, version).toString();
  await tx.query(END_PREVIOUS, [tenant, priceTable, from, changed]);
  const row = [id, tenant, priceTable, version, event.currency, from, event.source, changed];
  await tx.query(ADD, row);
  await tx.query(ADD_PRICES, [
    id,
    tenant,
    prices.map(({ model }) => model),
    prices.map(({ kind }) => kind),
    prices.map(({ perMillion }) => perMillion),
  ]);
};
