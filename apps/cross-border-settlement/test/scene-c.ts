/**
 * Scene C as messages and orders, at the ECB's rates (C4): the invoices, the statements, the books.
 *
 * Source      scenes.md A2, B, C; ECB euro foreign exchange reference rates (test/fixtures/demo)
 */
import { readFileSync } from 'node:fs';
import { parseInstant } from '@suanpan/calendar';
import type { InvoiceIssued, StatementIssued } from '@suanpan/messages';

export const TENANT = 'shantou';
export const OTHER_TENANT = 'chaozhou';
export const PERIOD = '2026-05';
export const ENTITY = 'shantou-operator';
export const RESELLER = 'lion-city-resale';
export const CENTRE = 'eastern-guangdong';

const FIXTURE = new URL('../../../test/fixtures/demo/ecb-rates-2026q2.csv', import.meta.url);
export const ECB_FILE = readFileSync(FIXTURE, 'utf8');
export const IMPORT = '/v1/fx-rates/import?currencies=USD,CNY,SGD&from=2026-04-01&to=2026-06-30';

const ISSUED_AT = parseInstant('2026-06-01T01:00:00Z');
const DUE_AT = parseInstant('2026-07-01T01:00:00Z');
const HASH = 'ab'.repeat(32);

export const invoice = (number: string, buyer: string, total: string): InvoiceIssued => ({
  tenant: TENANT,
  invoice: `inv-${number}`,
  number,
  series: 'INV',
  seller: ENTITY,
  buyer,
  contract: `c-${buyer}`,
  currency: 'USD',
  period: PERIOD,
  issuedAt: ISSUED_AT,
  dueAt: DUE_AT,
  issueDate: '2026-05-31',
  lines: [],
  lineTotal: total,
  taxTotal: '0.00',
  total,
  documentHash: HASH,
  vector: [],
});

interface Stated {
  readonly number: string;
  readonly partner: string;
  readonly role: string;
  readonly total: string;
}

export const statement = ({ number, partner, role, total }: Stated): StatementIssued => ({
  tenant: TENANT,
  statement: `${PERIOD}:USD:${role}:${partner}`,
  number,
  partner,
  role,
  currency: 'USD',
  period: PERIOD,
  issuedAt: ISSUED_AT,
  issueDate: '2026-05-31',
  lines: [
    {
      line: 1,
      agreement: 'AG-1',
      agreementVersion: 1,
      invoice: 'inv-INV-000001',
      invoiceNumber: 'INV-000001',
      model: 'm-chat',
      base: '1500.00',
      share: 'by the rule',
      amount: total,
    },
  ],
  total,
  documentHash: HASH,
});

export const BINTANG = invoice('INV-000001', 'bintang-toys', '2000.00');
export const TOOL = invoice('INV-000002', RESELLER, '27.56');

export const RESELLERS_SHARE = statement({
  number: 'ST-000002',
  partner: RESELLER,
  role: 'reseller',
  total: '107.56',
});
const CENTRES_OWN = statement({
  number: 'ST-000001',
  partner: CENTRE,
  role: 'centre',
  total: '745.19',
});
/** An invoice of nothing, and the line of a statement that names it. */
export const FREE = invoice('INV-000003', 'merlion-cloud', '0.00');
export const CENTRES_SHARE: StatementIssued = {
  ...CENTRES_OWN,
  lines: CENTRES_OWN.lines.flatMap((line) => [
    line,
    { ...line, line: 2, invoice: FREE.invoice, invoiceNumber: FREE.number, amount: '0.00' },
  ]),
};
export const OPERATORS_SHARE = statement({
  number: 'ST-000003',
  partner: ENTITY,
  role: 'operator',
  total: '338.72',
});
export const NOTHING_EARNED = statement({
  number: 'ST-000004',
  partner: 'guangdong-mobile',
  role: 'carrier',
  total: '0.00',
});

export const BOOKS = {
  functionalCurrency: 'CNY',
  zone: 'Asia/Shanghai',
  bankAccounts: [
    { account: 'simulated-cny-1', currency: 'CNY' },
    { account: 'simulated-usd-1', currency: 'USD' },
    { account: 'simulated-sgd-1', currency: 'SGD' },
  ],
};

export const COUNTERPARTIES = [
  { id: RESELLER, role: 'reseller', country: 'SG', payoutCurrency: 'SGD', netting: true },
  { id: CENTRE, role: 'centre', country: 'CN', payoutCurrency: 'CNY', netting: false },
] as const;

/** Scene C1: 2,000.00 less 200.00 withheld and 12.00 of charges. */
export const C4_RECEIPT = {
  receipt: 'receipt-INV-000001',
  payer: 'bintang-toys',
  currency: 'USD',
  amount: '1788.00',
  withheld: '200.00',
  charges: '12.00',
  date: '2026-06-10',
  reference: 'INV-000001',
};

export const STRAY_RECEIPT = {
  receipt: 'receipt-stray',
  payer: 'nobody-known',
  currency: 'USD',
  amount: '55.55',
  date: '2026-06-10',
  reference: 'thank you',
};
