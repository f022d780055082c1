/**
 * Settlements as rows: legs, items, the bank's line.
 *
 * Invariant   a projection of the settlement streams; completing one posts its entry.
 */
import type { StoredEvent, Tx } from '@suanpan/platform-postgres';
import { insertBankLine, insertBankLineDocuments } from '../bank-lines/bank-line-rows.js';
import { postEntry } from '../journal/books.js';
import type { SettlementFact } from './settlement-fact.js';
import { fromSettlementBody } from './settlement-fact.js';

const HEAD = `
insert into settlement (tenant, settlement, entity, counterparty, period, sequence, date,
  payout_currency, payout_amount, functional_currency, realised_fx, rate_ids, bank_line)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

const LEG = `
insert into settlement_leg (tenant, settlement, currency, receivable, payable, net, payout_amount,
  rate_ids)
values ($1, $2, $3, $4, $5, $6, $7, $8)`;

const ITEMS = `
insert into settlement_item (tenant, settlement, kind, document, number, currency, amount,
  functional)
select $1, $2, * from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[],
  $8::numeric[])`;

const insertHead = async (tx: Tx, tenant: string, fact: SettlementFact): Promise<void> => {
  await tx.query(HEAD, [
    ...[tenant, fact.settlement, fact.entity, fact.counterparty, fact.period, fact.sequence],
    ...[
      fact.date,
      fact.payoutCurrency,
      fact.payoutAmount,
      fact.functionalCurrency,
      fact.realisedFx,
    ],
    ...[fact.rateIds, fact.paid?.bankLine ?? null],
  ]);
};

const insertParts = async (tx: Tx, tenant: string, fact: SettlementFact): Promise<void> => {
  for (const leg of fact.legs) {
    const { currency, receivable, payable, net, payoutAmount, rateIds } = leg;
    const amounts = [currency, receivable, payable, net, payoutAmount];
    await tx.query(LEG, [tenant, fact.settlement, ...amounts, rateIds]);
  }
  await tx.query(ITEMS, [
    ...[tenant, fact.settlement],
    fact.items.map(({ kind }) => kind),
    fact.items.map(({ document }) => document),
    fact.items.map(({ number }) => number),
    fact.items.map(({ currency }) => currency),
    fact.items.map(({ amount }) => amount),
    fact.items.map(({ functional }) => functional),
  ]);
};

const insertPaid = async (tx: Tx, tenant: string, fact: SettlementFact): Promise<void> => {
  const { paid, entity, counterparty, date } = fact;
  if (paid === null) return;
  const { documents, ...line } = paid;
  await insertBankLine(tx, tenant, { ...line, entity, direction: 'out', counterparty, date });
  await insertBankLineDocuments(tx, [tenant, paid.bankLine], documents);
};

export const projectSettlement = async (
  tx: Tx,
  { tenant, type, body }: StoredEvent,
): Promise<void> => {
  const fact = fromSettlementBody(type, body);
  await insertHead(tx, tenant, fact);
  await insertParts(tx, tenant, fact);
  await insertPaid(tx, tenant, fact);
  await postEntry(tx, tenant, fact.entry);
};
