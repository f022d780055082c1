/**
 * A kept invoice as the domain reads it.
 *
 * Shape       the document is the message as it was heard, bigints as decimal strings.
 */
import { parseDecimal, parseMoney } from '@suanpan/money';
import type { IssuedInvoice } from '@suanpan/profit-share';
import { z } from 'zod';

const document = z.object({
  invoice: z.string(),
  number: z.string(),
  contract: z.string(),
  currency: z.string(),
  period: z.string(),
  lines: z.array(
    z.object({
      line: z.number(),
      revenueType: z.string(),
      model: z.string(),
      kind: z.string(),
      priceTable: z.string(),
      priceVersion: z.string(),
      servicePeriod: z.string(),
      quantity: z.string(),
      calls: z.string(),
      exact: z.string(),
      amount: z.string(),
    }),
  ),
});

export interface KeptInvoice {
  readonly number: string;
  readonly period: string;
  readonly issued: IssuedInvoice;
}

export const fromRowInvoice = (kept: unknown): KeptInvoice => {
  const { invoice, number, contract, currency, period, lines } = document.parse(kept);
  return {
    number,
    period,
    issued: {
      invoice,
      contract,
      currency,
      lines: lines.map((line) => ({
        line: line.line,
        revenueType: line.revenueType,
        model: line.model,
        tokenKind: line.kind,
        priceTable: line.priceTable,
        priceVersion: line.priceVersion,
        servicePeriod: line.servicePeriod,
        quantity: BigInt(line.quantity),
        calls: BigInt(line.calls),
        exact: parseDecimal(line.exact),
        amount: parseMoney(line.amount, currency),
      })),
    },
  };
};
