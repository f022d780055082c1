/**
 * A counterparty: in which currency it is paid, and whether both sides agreed to net.
 *
 * Source      design ruling R38
 */
import type { StoredEvent, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { registered } from '../registered.js';

const counterpartyFact = z.object({
  counterparty: z.string(),
  role: z.string(),
  country: z.string(),
  payoutCurrency: z.string(),
  netting: z.boolean(),
});
export type Counterparty = z.infer<typeof counterpartyFact>;

export const COUNTERPARTY_REGISTERED = 'CounterpartyRegistered';

export const counterpartyDecider = registered<Counterparty>();

export const fromCounterpartyBody = (_type: string, body: unknown): Counterparty =>
  counterpartyFact.parse(body);

const SAVE = `
insert into counterparty (tenant, counterparty, role, country, payout_currency, netting)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, counterparty) do update set role = excluded.role, country = excluded.country,
  payout_currency = excluded.payout_currency, netting = excluded.netting`;

export const projectCounterparty = async (tx: Tx, { tenant, body }: StoredEvent): Promise<void> => {
  const { counterparty, role, country, payoutCurrency, netting } = counterpartyFact.parse(body);
  await tx.query(SAVE, [tenant, counterparty, role, country, payoutCurrency, netting]);
};

const COLUMNS = `
select counterparty, role, country, payout_currency as "payoutCurrency", netting
from counterparty where tenant = $1`;

export const selectCounterparties = (tx: Tx, tenant: string): Promise<Counterparty[]> =>
  tx.query<Counterparty>(`${COLUMNS} order by counterparty collate "C"`, [tenant]);

export const selectCounterparty = async (
  tx: Tx,
  tenant: string,
  counterparty: string,
): Promise<Counterparty | undefined> => {
  const sql = `${COLUMNS} and counterparty = $2`;
  const [row] = await tx.query<Counterparty>(sql, [tenant, counterparty]);
  return row;
};
