/**
 * How closed periods are stored, published and projected.
 *
 * Invariant   the projection is made of the event alone, so that replay makes the same one.
 */
import { encode } from '@suanpan/messages';
import type { OutboxMessage, Tx } from '@suanpan/platform-postgres';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { PeriodClosed } from '@suanpan/pricing';
import { z } from 'zod';
import { cutMark } from '../cuts/cut.js';
import type { CutMark } from '../cuts/cut.js';

/** A period's id has a fixed shape and stands last, so the text names one pair only. */
export const periodStream = (contract: string, period: string): string =>
  `period:${contract}:${period}`;

const integer = z.string().transform(BigInt);

const body = z.object({
  contract: z.string(),
  period: z.string(),
  zone: z.string(),
  start: integer,
  end: integer,
  closedAt: integer,
  vector: z.array(integer),
  sums: z.array(
    z.object({
      servicePeriod: z.string(),
      model: z.string(),
      kind: z.string(),
      priceTable: z.string(),
      priceVersion: z.string(),
      quantity: integer,
      calls: integer,
      multiset: integer,
    }),
  ),
  buyer: z.string(),
  invoice: z.string().nullable(),
  cut: cutMark,
});

export type StoredPeriodClosed = PeriodClosed & {
  readonly buyer: string;
  /** The invoice that the close issues; nothing without usage. */
  readonly invoice: string | null;
  readonly cut: CutMark;
};

export const toRowPeriodEvent =
  ({ cut, buyer, invoice }: Omit<StoredPeriodClosed, keyof PeriodClosed>) =>
  ({ type, ...fields }: PeriodClosed) => ({
    type,
    body: { ...fields, buyer, invoice, cut: { ordinal: cut.ordinal, vector: cut.vector } },
  });

export const fromRowPeriodEvent = (type: string, stored: unknown): StoredPeriodClosed => ({
  type: z.literal('PeriodClosed').parse(type),
  ...body.parse(stored),
});

export const toWireVector = (vector: readonly bigint[]) =>
  vector.map((nextOffset, partition) => ({ partition, nextOffset }));

export const publishPeriodClosed = (tenant: string, event: PeriodClosed): OutboxMessage => {
  const streamId = periodStream(event.contract, event.period);
  return {
    topic: 'period',
    key: streamId,
    type: 'period.closed',
    tenant,
    streamId,
    value: encode('period.closed', {
      tenant,
      contract: event.contract,
      period: event.period,
      zone: event.zone,
      start: event.start,
      end: event.end,
      vector: toWireVector(event.vector),
    }),
  };
};

const ADD = `
insert into period (tenant, contract, buyer, period, zone, starts, ends, closed_at, cut, invoice,
  catalogue_version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

/** The table `period`. */
export const projectPeriodClosed = async (
  tx: Tx,
  {
    tenant,
    event,
    catalogueVersion,
  }: {
    readonly tenant: string;
    readonly event: StoredPeriodClosed;
    readonly catalogueVersion: bigint;
  },
): Promise<void> => {
  await tx.query(ADD, [
    tenant,
    event.contract,
    event.buyer,
    event.period,
    event.zone,
    toRowInstant(event.start),
    toRowInstant(event.end),
    toRowInstant(event.closedAt),
    event.cut.ordinal.toString(),
    event.invoice,
    catalogueVersion.toString(),
  ]);
};
