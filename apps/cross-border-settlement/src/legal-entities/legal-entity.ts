/**
 * A legal entity: whose books they are, in which currency, with which bank accounts.
 *
 * Rejections  FUNCTIONAL_CURRENCY_FIXED: books are kept in one currency for ever
 * Source      design ruling R28
 */
import { Rejection } from '@suanpan/event-sourcing';
import { canonicalJson } from '@suanpan/event-sourcing';
import type { StoredEvent, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { registered } from '../registered.js';

const account = z.object({ account: z.string(), currency: z.string() });

const entityFact = z.object({
  entity: z.string(),
  functionalCurrency: z.string(),
  zone: z.string(),
  bankAccounts: z.array(account),
});
export type LegalEntity = z.infer<typeof entityFact>;

export const LEGAL_ENTITY_REGISTERED = 'LegalEntityRegistered';

const check = (before: LegalEntity, after: LegalEntity): void => {
  if (before.functionalCurrency === after.functionalCurrency) return;
  const detail = `The books of ${before.entity} are kept in ${before.functionalCurrency}.`;
  throw new Rejection('FUNCTIONAL_CURRENCY_FIXED', detail);
};

export const legalEntity = registered<LegalEntity>(check);

export const fromEntityBody = (_type: string, body: unknown): LegalEntity => entityFact.parse(body);

const SAVE = `
insert into legal_entity (tenant, entity, functional_currency, zone, bank_accounts)
values ($1, $2, $3, $4, $5)
on conflict (tenant, entity) do update set
  zone = excluded.zone, bank_accounts = excluded.bank_accounts`;

export const projectLegalEntity = async (tx: Tx, { tenant, body }: StoredEvent): Promise<void> => {
  const { entity, functionalCurrency, zone, bankAccounts } = entityFact.parse(body);
  const accounts = canonicalJson(bankAccounts);
  await tx.query(SAVE, [tenant, entity, functionalCurrency, zone, accounts]);
};

const COLUMNS = `
select entity, functional_currency as "functionalCurrency", zone, bank_accounts as "bankAccounts"
from legal_entity where tenant = $1`;

export const selectEntities = (tx: Tx, tenant: string): Promise<LegalEntity[]> =>
  tx.query<LegalEntity>(`${COLUMNS} order by entity collate "C"`, [tenant]);

export const selectEntity = async (
  tx: Tx,
  tenant: string,
  entity: string,
): Promise<LegalEntity | undefined> => {
  const [row] = await tx.query<LegalEntity>(`${COLUMNS} and entity = $2`, [tenant, entity]);
  return row;
};
