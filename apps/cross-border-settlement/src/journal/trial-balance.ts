/**
 * The trial balance of each legal entity, from the journal's sums.
 *
 * Invariant   zero in every transaction currency and in functional currency, or it says so.
 * Source      I5; scenes.md C3
 */
import type { JournalEntry, TrialBalance } from '@suanpan/ledger';
import { chartOfAccounts, requireAccount, trialBalance } from '@suanpan/ledger';
import type { Money } from '@suanpan/money';
import { formatMoney, parseMoney, subtractMoney } from '@suanpan/money';
import type { Tx } from '@suanpan/platform-postgres';

interface SumRow {
  readonly entity: string;
  readonly account: string;
  readonly currency: string;
  readonly amount: string;
  readonly functional_currency: string;
  readonly functional: string;
}

const SUMS = `
select entity, account, currency, sum(amount)::text as amount, functional_currency,
  sum(functional)::text as functional
from journal_line where tenant = $1 and ($2::text is null or entity = $2)
group by entity, account, currency, functional_currency
order by entity collate "C", account collate "C", currency collate "C"`;

/** The sums of an entity as one entry, which the ledger's own rules then add up. */
const summedUp = (rows: readonly SumRow[]): readonly JournalEntry[] => {
  const entities = [...new Set(rows.map(({ entity }) => entity))];
  return entities.map((entity) => ({
    entity,
    entryId: 'sums',
    bookingDate: '',
    description: '',
    source: '',
    lines: rows
      .filter((row) => row.entity === entity)
      .map((row) => ({
        account: requireAccount(row.account),
        amount: parseMoney(row.amount, row.currency),
        functional: parseMoney(row.functional, row.functional_currency),
      })),
  }));
};

const toWireSum = (sum: Money) => ({ sum: formatMoney(sum), zero: sum.minor === 0n });

const toWireRow = ({ account, functional, amounts }: TrialBalance['rows'][number]): object => {
  const known = chartOfAccounts.find(({ id }) => id === account);
  return {
    account,
    name: known?.name,
    nameZh: known?.nameZh,
    type: known?.type,
    functional: formatMoney(functional),
    amounts: amounts.map((amount) => ({
      currency: amount.currency,
      amount: formatMoney(amount),
    })),
  };
};

interface EntityBalance {
  readonly entity: string;
  readonly currencies: readonly { readonly zero: boolean }[];
  readonly functional: { readonly zero: boolean };
}

const toWireEntity = (balance: TrialBalance): EntityBalance => {
  const { entity, rows, debit, credit, transactionTotals } = balance;
  return {
    entity,
    ...{ functionalCurrency: debit.currency },
    ...{ rows: rows.map(toWireRow), debit: formatMoney(debit), credit: formatMoney(credit) },
    currencies: transactionTotals.map((total) => ({
      ...{ currency: total.currency },
      ...toWireSum(total),
    })),
    functional: toWireSum(subtractMoney(debit, credit)),
  };
};

/** What the accounts hold; the tenant must have been entered. */
export const readTrialBalance = async (
  tx: Tx,
  tenant: string,
  entity: string | null,
): Promise<object> => {
  const rows = await tx.query<SumRow>(SUMS, [tenant, entity]);
  const entities = trialBalance(summedUp(rows)).map(toWireEntity);
  const zero = entities.every(
    ({ currencies, functional }) => functional.zero && currencies.every((sum) => sum.zero),
  );
  return { entities, zero };
};
