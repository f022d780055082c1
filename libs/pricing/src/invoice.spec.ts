import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { Defect, given } from '@suanpan/event-sourcing';
import type { InvoiceIssued, IssueInvoice } from './invoice.js';
import { invoice } from './invoice.js';
import type { BilledSum, PostedSum } from './invoice-lines.js';
import { invoiceLines } from './invoice-lines.js';

const p1 = parseInstant('2026-04-01T00:00:00+07:00');
const p2 = parseInstant('2026-05-16T00:00:00+07:00');

interface Row {
  readonly version: 'P1' | 'P2';
  readonly kind: string;
  readonly price: string;
  readonly quantity: bigint;
}

const sumOf = ({ version, kind, price, quantity }: Row): PostedSum => ({
  servicePeriod: '2026-05',
  model: 'm-chat',
  kind,
  priceTable: 'retail',
  priceVersion: version,
  price,
  priceFrom: version === 'P1' ? p1 : p2,
  quantity,
  calls: 1n,
  multiset: 5n,
});

/** Scene A2, in no special order. */
const posted: readonly PostedSum[] = [
  { version: 'P2', kind: 'reasoning', price: '1.00', quantity: 8_000_200n } as const,
  { version: 'P1', kind: 'input', price: '0.30', quantity: 412_348_000n } as const,
  { version: 'P1', kind: 'cached_input', price: '0.03', quantity: 1_234_576_000n } as const,
  { version: 'P2', kind: 'input', price: '0.25', quantity: 300_002_000n } as const,
  { version: 'P1', kind: 'reasoning', price: '1.20', quantity: 10_000_200n } as const,
  { version: 'P1', kind: 'output', price: '1.20', quantity: 98_765_800n } as const,
  { version: 'P2', kind: 'cached_input', price: '0.025', quantity: 800_200_000n } as const,
  { version: 'P2', kind: 'output', price: '1.00', quantity: 71_005_300n } as const,
].map(sumOf);

const issue: IssueInvoice = {
  type: 'IssueInvoice',
  tenant: 'shantou',
  invoice: 'inv-1',
  number: 'INV-2026-000001',
  series: 'INV-2026',
  sequence: 1n,
  contract: 'C-1',
  terms: {
    buyer: 'bintang-toys',
    seller: 'shantou-operator',
    currency: 'USD',
    zone: 'Asia/Jakarta',
    priceTable: 'retail',
    requireAuthorization: true,
    rounding: 'half-even',
    paymentTermDays: 30,
    from: p1,
  },
  period: '2026-05',
  now: parseInstant('2026-06-30T00:00:00Z'),
  vector: [7n],
  posted,
  billed: [],
};

const issued = (command: IssueInvoice): InvoiceIssued => {
  const outcome = given(invoice).when(command);
  return (outcome as readonly InvoiceIssued[])[0] as InvoiceIssued;
};

describe('scene A2, the m-chat lines', () => {
  const document = issued(issue);

  it('has one line a version and kind, exact and rounded once', () => {
    const rows = document.lines.map((l) => [l.priceVersion, l.kind, l.quantity, l.exact, l.amount]);
    expect(rows).toEqual([
      ['P1', 'input', '412348000', '123.7044', '123.70'],
      ['P1', 'cached_input', '1234576000', '37.03728', '37.04'],
      ['P1', 'output', '98765800', '118.51896', '118.52'],
      ['P1', 'reasoning', '10000200', '12.00024', '12.00'],
      ['P2', 'input', '300002000', '75.0005', '75.00'],
      ['P2', 'cached_input', '800200000', '20.005', '20.00'],
      ['P2', 'output', '71005300', '71.0053', '71.01'],
      ['P2', 'reasoning', '8000200', '8.0002', '8.00'],
    ]);
  });

  it('sums to 465.27', () => {
    expect(document.lineTotal).toBe('465.27');
    expect(document.total).toBe('465.27');
    expect(document.taxTotal).toBe('0.00');
  });

  it('rounds the tie with the rule of the contract', () => {
    const halfUp = issued({ ...issue, terms: { ...issue.terms, rounding: 'half-up' } });
    expect(halfUp.lines[5]).toMatchObject({ exact: '20.005', amount: '20.01' });
  });

  it('is due after the payment term, at the start of that local day', () => {
    expect(document.issueDate).toBe('2026-06-30');
    expect(document.dueAt).toBe(parseInstant('2026-07-30T00:00:00+07:00'));
  });

  it('has a hash that any change of the document changes', () => {
    expect(document.documentHash).toMatch(/^[0-9a-f]{64}$/);
    expect(issued(issue).documentHash).toBe(document.documentHash);
    expect(issued({ ...issue, number: 'INV-2026-000002' }).documentHash).not.toBe(
      document.documentHash,
    );
  });
});

describe('IssueInvoice', () => {
  it('is rejected the second time', () => {
    const outcome = given(invoice, issued(issue)).when(issue);
    expect(outcome).toEqual({ rejected: 'ALREADY_ISSUED' });
  });

  it('is rejected when nothing was posted', () => {
    expect(given(invoice).when({ ...issue, posted: [] })).toEqual({ rejected: 'EMPTY_INVOICE' });
  });

  it('has whole units in yen and thousandths in dinar', () => {
    const small = posted.slice(1, 2);
    const inCurrency = (currency: string): string =>
      issued({ ...issue, posted: small, terms: { ...issue.terms, currency } }).total;
    expect([inCurrency('JPY'), inCurrency('KWD')]).toEqual(['124', '123.704']);
  });

  it('E8 sums a million tiny calls before it rounds', () => {
    const tiny = sumOf({ version: 'P1', kind: 'input', price: '0.000001', quantity: 1_000_000n });
    const document = issued({ ...issue, posted: [{ ...tiny, calls: 1_000_000n }] });
    expect(document.lines[0]).toMatchObject({ exact: '0.000001', amount: '0.00' });
    expect(document.total).toBe('0.00');
  });
});

describe('late usage of a closed service period', () => {
  const late: PostedSum = {
    ...sumOf({ version: 'P2', kind: 'cached_input', price: '0.025', quantity: 200_000n }),
    calls: 1n,
  };
  const billed: BilledSum = {
    servicePeriod: '2026-05',
    model: 'm-chat',
    kind: 'cached_input',
    priceTable: 'retail',
    priceVersion: 'P2',
    quantity: 800_200_000n,
    amount: 2_000n,
  };

  it('I24 R5 is the price of all sums minus what was billed, with its own service period', () => {
    const [line] = issued({ ...issue, period: '2026-06', posted: [late], billed: [billed] }).lines;
    // 800,400,000 × 0.025 = 20.01; billed were 20.00 (20.005 rounded half-even).
    expect(line).toMatchObject({
      adjustment: true,
      servicePeriod: '2026-05',
      quantity: '200000',
      exact: '0.005',
      amount: '0.01',
    });
  });

  it('stands alone when nothing of its kind was billed before', () => {
    const [line] = issued({ ...issue, period: '2026-06', posted: [late] }).lines;
    expect(line).toMatchObject({ adjustment: true, exact: '0.005', amount: '0.00' });
  });

  it('comes after the lines of the invoiced period', () => {
    const june = { ...late, servicePeriod: '2026-06' };
    const { lines } = issued({ ...issue, period: '2026-06', posted: [late, june] });
    expect(lines.map((line) => [line.line, line.servicePeriod, line.adjustment])).toEqual([
      [1, '2026-06', false],
      [2, '2026-05', true],
    ]);
  });

  it('killbill#877 a period is never billed before it closes', () => {
    const input = { period: '2026-05', currency: 'USD', rounding: 'half-even' } as const;
    expect(() => invoiceLines({ ...input, posted: [late], billed: [billed] })).toThrow(Defect);
  });
});
