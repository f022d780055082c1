import { setTimeout as sleep } from 'node:timers/promises';

import { ApiProblem } from './api-client.js';
import { PERIOD } from './parties.js';
import type { Doors } from './set-up.js';

/**
 * From rated usage to money moved: close, statements, receipts, settlement. Each step waits for the one before it
 * to have arrived where it is needed.
 *
 * Units       waits: milliseconds.
 * Invariant   every command has a fixed Idempotency-Key: a second run changes nothing.
 */
export interface EventCounts {
  readonly rated: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly unpriced: number;
  readonly quarantined: number;
}

export interface InvoiceHead {
  readonly invoice: string;
  readonly number: string;
  readonly buyer: string;
  readonly contract: string;
  readonly currency: string;
  readonly issueDate: string;
  readonly total: string;
}

export interface StatementHead {
  readonly statement: string;
  readonly number: string;
  readonly partner: string;
  readonly role: string;
  readonly currency: string;
  readonly total: string;
}

interface Receivable {
  readonly invoice: string;
  readonly number: string;
  readonly buyer: string;
  readonly currency: string;
  readonly amount: string;
  readonly openAmount: string;
}

const LOOK_MS = 300;
const WAIT_MAX_MS = 240_000;

/** The partners are told on the day after the close. */
const STATEMENT_DATE = '2026-06-02';
/** A Wednesday; the simulated buyers pay on this banking day. */
export const RECEIPT_DATE = '2026-06-10';
export const SETTLEMENT_DATE = '2026-06-12';

/** Looks until `look` gives something; says what it waited for when it never does. */
export const waitFor = async <T>(what: string, look: () => Promise<T | null>): Promise<T> => {
  const end = performance.now() + WAIT_MAX_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > end) {
      throw new Error(`Waited ${WAIT_MAX_MS / 1_000} s for ${what}; see the services' logs.`);
    }
    await sleep(LOOK_MS);
  }
};

export const sumOf = (counts: EventCounts): number =>
  counts.rated + counts.duplicate + counts.conflict + counts.unpriced + counts.quarantined;

export const readCounts = ({ pricing }: Doors): Promise<EventCounts> =>
  pricing.get<EventCounts>('/v1/events/counts');

/** Waits until pricing has read as many events as the door has accepted. */
export const waitForRating = (doors: Doors, accepted: number): Promise<EventCounts> =>
  waitFor(`pricing to read ${accepted} events`, async () => {
    const counts = await readCounts(doors);
    return sumOf(counts) >= accepted ? counts : null;
  });

interface Close {
  readonly status: 'waiting' | 'done' | 'failed';
  readonly contracts: readonly { contract: string; status: string; reason: string | null }[];
}

/** Closes the month for every contract and waits until its invoices are issued. */
export const closeMonth = async ({ pricing }: Doors): Promise<readonly InvoiceHead[]> => {
  const { close } = await pricing.post<{ close: string }>(
    `/v1/periods/${PERIOD}/close`,
    {},
    `demo-close-${PERIOD}`,
  );
  const closed = await waitFor(`the close of ${PERIOD}`, async () => {
    const state = await pricing.get<Close>(`/v1/closes/${close}`);
    return state.status === 'waiting' ? null : state;
  });
  const failed = closed.contracts.filter(({ status }) => status === 'failed');
  if (closed.status === 'failed' || failed.length > 0) {
    const reasons = failed.map(({ contract, reason }) => `${contract}: ${reason}`).join('; ');
    throw new Error(`The close of ${PERIOD} failed: ${reasons}`);
  }
  return pricing.all<InvoiceHead>(`/v1/invoices?period=${PERIOD}`, 'invoices');
};

/** Issues the partners' statements as soon as every invoice of the month is divided. */
export const issueStatements = async ({ shares }: Doors): Promise<readonly StatementHead[]> => {
  let attempt = 0;
  await waitFor('profit-share to divide the invoices', async () => {
    attempt += 1;
    try {
      const body = { period: PERIOD, issueDate: STATEMENT_DATE };
      return await shares.post(
        '/v1/statements/issue',
        body,
        `demo-statements-${PERIOD}-${attempt}`,
      );
    } catch (error) {
      // Each try is another command: a key whose command was refused would be refused again.
      if (error instanceof ApiProblem && error.code === 'PERIOD_STILL_OPEN') return null;
      throw error;
    }
  });
  return shares.all<StatementHead>(`/v1/statements?period=${PERIOD}`, 'statements');
};

const isZero = (amount: string): boolean => /^-?0(\.0*)?$/.test(amount);

/** Waits until the books hold every invoice and every statement that somebody is paid for. */
export const waitForBooks = async (
  { settlement }: Doors,
  invoices: readonly InvoiceHead[],
  statements: readonly StatementHead[],
): Promise<readonly Receivable[]> => {
  const owed = statements.filter(({ role, total }) => role !== 'operator' && !isZero(total));
  return waitFor('the books to hold every invoice and statement', async () => {
    const { receivables } = await settlement.get<{ receivables: readonly Receivable[] }>(
      '/v1/receivables',
    );
    const { payables } = await settlement.get<{ payables: readonly { statement: string }[] }>(
      '/v1/payables',
    );
    const held = new Set(receivables.map(({ invoice }) => invoice));
    const known = new Set(payables.map(({ statement }) => statement));
    const isWhole =
      invoices.every(({ invoice }) => held.has(invoice)) &&
      owed.every(({ statement }) => known.has(statement));
    return isWhole ? receivables : null;
  });
};

/** Simulated bank lines: each buyer pays its invoice in full, quoting its number. */
export const receive = async (
  { settlement }: Doors,
  receivables: readonly Receivable[],
): Promise<void> => {
  for (const { number, buyer, currency, amount, openAmount } of receivables) {
    if (isZero(openAmount)) continue;
    const receipt = `receipt-${number}`;
    const body = { receipt, payer: buyer, currency, amount, date: RECEIPT_DATE, reference: number };
    await settlement.post('/v1/receipts', body, `demo-${receipt}`);
  }
};

/** Pays the partners. */
export const settle = async ({ settlement }: Doors): Promise<void> => {
  const body = { period: PERIOD, date: SETTLEMENT_DATE };
  await settlement.post('/v1/settlements/run', body, `demo-settle-${PERIOD}`);
};
