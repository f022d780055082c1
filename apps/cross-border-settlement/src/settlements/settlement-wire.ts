/** Settlements on the wire: what the others are told. */
import { encode } from '@suanpan/messages';
import type { OutboxMessage } from '@suanpan/platform-postgres';
import type { SettlementFact } from './settlement-fact.js';

const toWireCompleted = (tenant: string, fact: SettlementFact): OutboxMessage => ({
  topic: 'settlement',
  key: fact.settlement,
  type: 'settlement.completed',
  tenant,
  streamId: fact.settlement,
  value: encode('settlement.completed', {
    tenant,
    settlement: fact.settlement,
    counterparty: fact.counterparty,
    period: fact.period,
    date: fact.date,
    legs: fact.legs.map(({ currency, receivable, payable, net }) => ({
      currency,
      receivable,
      payable,
      net,
    })),
    payoutCurrency: fact.payoutCurrency,
    payoutAmount: fact.payoutAmount,
    rateIds: fact.rateIds,
    realisedFx: fact.realisedFx,
    functionalCurrency: fact.functionalCurrency,
  }),
});

const toWireSent = (tenant: string, fact: SettlementFact, payment: string): OutboxMessage => ({
  topic: 'payment',
  key: payment,
  type: 'payment.sent',
  tenant,
  streamId: payment,
  value: encode('payment.sent', {
    tenant,
    payment,
    payee: fact.counterparty,
    currency: fact.payoutCurrency,
    amount: fact.payoutAmount,
    date: fact.date,
    settlement: fact.settlement,
  }),
});

/** A completed settlement, and its payment if money moved. */
export const toWireSettlement = (
  tenant: string,
  fact: SettlementFact,
): readonly OutboxMessage[] => [
  toWireCompleted(tenant, fact),
  ...(fact.paid === null ? [] : [toWireSent(tenant, fact, fact.paid.bankLine)]),
];
