/** A contract as the table `contract` holds it. */
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { CatalogueContract, ContractTerms } from '@suanpan/pricing';

export interface ContractRow {
  readonly tenant: string;
  readonly contract: string;
  readonly buyer: string;
  readonly seller: string;
  readonly currency: string;
  readonly zone: string;
  readonly price_table: string;
  readonly require_authorization: boolean;
  readonly rounding: string;
  readonly payment_term_days: number;
  readonly valid_from: string;
  readonly valid_until: string | null;
}

export const fromRowTerms = (row: ContractRow): ContractTerms => ({
  buyer: row.buyer,
  seller: row.seller,
  currency: row.currency,
  zone: row.zone,
  priceTable: row.price_table,
  requireAuthorization: row.require_authorization,
  // The decider let only known rules in.
  rounding: row.rounding as ContractTerms['rounding'],
  paymentTermDays: row.payment_term_days,
  from: fromRowInstant(row.valid_from),
});

export const fromRowContract = (row: ContractRow): Omit<CatalogueContract, 'closed'> => ({
  tenant: row.tenant,
  contract: row.contract,
  terms: fromRowTerms(row),
  until: row.valid_until === null ? null : fromRowInstant(row.valid_until),
});
