import { Rejection } from '@suanpan/event-sourcing';

/**
 * The chart of accounts, as data.
 *
 * Owns        which accounts exist, and of which type each is.
 * Shape       one chart for every legal entity; bank accounts and counterparties are told apart by
 *             the line's counterparty, not by accounts of their own.
 * Rejections  UNKNOWN_ACCOUNT
 * Source      scenes.md C2, C3; design.md R28, R30, R31, R34
 */
export type AccountType = 'asset' | 'liability' | 'income' | 'expense';

export interface Account {
  readonly id: string;
  readonly type: AccountType;
  readonly name: string;
  readonly nameZh: string;
}

const chart = [
  { id: 'bank', type: 'asset', name: 'Bank', nameZh: '银行存款' },
  { id: 'receivable', type: 'asset', name: 'Accounts receivable', nameZh: '应收账款' },
  { id: 'unbilled-revenue', type: 'asset', name: 'Unbilled revenue', nameZh: '合同资产' },
  {
    id: 'withholding-tax-credit',
    type: 'asset',
    name: 'Withholding tax credit receivable',
    nameZh: '应收预提税抵免',
  },
  { id: 'input-vat', type: 'asset', name: 'Input VAT', nameZh: '应交税费—进项税额' },
  { id: 'fx-position', type: 'asset', name: 'FX position', nameZh: '货币兑换' },
  { id: 'payable', type: 'liability', name: 'Accounts payable', nameZh: '应付账款' },
  { id: 'accrued-cost', type: 'liability', name: 'Accrued cost', nameZh: '暂估应付款' },
  { id: 'contract-liability', type: 'liability', name: 'Contract liability', nameZh: '合同负债' },
  {
    id: 'unapplied',
    type: 'liability',
    name: 'Unapplied receipts and payments',
    nameZh: '待核销款项',
  },
  { id: 'output-vat', type: 'liability', name: 'Output VAT', nameZh: '应交税费—销项税额' },
  { id: 'rounding', type: 'liability', name: 'Rounding carried forward', nameZh: '尾差待分配' },
  { id: 'revenue', type: 'income', name: 'Revenue', nameZh: '主营业务收入' },
  { id: 'cost-of-sales', type: 'expense', name: 'Cost of sales', nameZh: '主营业务成本' },
  { id: 'bank-charges', type: 'expense', name: 'Bank charges', nameZh: '财务费用—手续费' },
  { id: 'dealing-spread', type: 'expense', name: 'Dealing spread', nameZh: '财务费用—结售汇价差' },
  { id: 'realised-fx', type: 'expense', name: 'Realised FX difference', nameZh: '已实现汇兑损益' },
  {
    id: 'unrealised-fx',
    type: 'expense',
    name: 'Unrealised FX difference',
    nameZh: '未实现汇兑损益',
  },
] as const satisfies readonly Account[];

export type AccountId = (typeof chart)[number]['id'];

export const chartOfAccounts: readonly (Account & { readonly id: AccountId })[] = chart;

const ids: ReadonlySet<string> = new Set(chart.map(({ id }) => id));

const isAccount = (id: string): id is AccountId => ids.has(id);

/** Refuses a name that is not in the chart; for entries that come from outside the types. */
export const requireAccount = (id: string): AccountId => {
  if (!isAccount(id)) throw new Rejection('UNKNOWN_ACCOUNT', `There is no account ${id}.`);
  return id;
};
