/**
 * Closes one period of one contract: sums, PeriodClosed, invoice, in one cut.
 *
 * Invariant   however often and by however many it is run, there is one close and at most one
 *             invoice; the number is taken and the document frozen in the same transaction.
 * Source      design.md 3.8; ruling R8; invariants I3, I7
 */
import { monthPeriod } from '@suanpan/calendar';
import type { Period } from '@suanpan/calendar';
import type { EventMeta, Scope, Tx } from '@suanpan/platform-postgres';
import { handleIn } from '@suanpan/platform-postgres';
import type { PeriodClosed, PostedSum } from '@suanpan/pricing';
import { billingPeriod, invoice as invoiceDecider } from '@suanpan/pricing';
import type { ContractRow } from '../contracts/contract-row.js';
import { fromRowTerms } from '../contracts/contract-row.js';
import type { Cut } from '../cuts/cut.js';
import { takeNumber } from '../invoices/invoice-numbers.js';
import {
  fromRowInvoiceEvent,
  invoiceId,
  invoiceStream,
  projectInvoice,
  publishInvoice,
  toRowInvoiceEvent,
} from '../invoices/invoice-stream.js';
import { billedSums, postedSums } from './billable-sums.js';
import {
  fromRowPeriodEvent,
  periodStream,
  projectPeriodClosed,
  publishPeriodClosed,
  toRowPeriodEvent,
} from './period-stream.js';

export interface CloseOrder {
  readonly scope: Scope;
  readonly contract: ContractRow;
  readonly period: string;
  readonly meta: EventMeta;
}

export interface Closed {
  readonly changed: boolean;
  readonly invoice: string | null;
  readonly reason: 'ALREADY_CLOSED' | 'NO_USAGE' | null;
}

interface Work extends CloseOrder {
  readonly cut: Cut;
  readonly month: Period;
  readonly posted: readonly PostedSum[];
  readonly invoice: string | null;
}

const closedSum = ({ price: _price, priceFrom: _from, ...sum }: PostedSum) => sum;

const decideClose = async (tx: Tx, work: Work): Promise<PeriodClosed | undefined> => {
  const { scope, contract, cut, month, meta } = work;
  const { events } = await handleIn(
    tx,
    {
      decider: billingPeriod,
      toBody: toRowPeriodEvent({ cut, buyer: contract.buyer, invoice: work.invoice }),
      fromBody: fromRowPeriodEvent,
      publish: (decided) => decided.events.map((event) => publishPeriodClosed(scope.tenant, event)),
    },
    {
      scope,
      streamId: periodStream(contract.contract, month.id),
      meta,
      command: {
        type: 'ClosePeriod',
        contract: contract.contract,
        contractFrom: fromRowTerms(contract).from,
        period: month,
        now: meta.at,
        vector: cut.vector,
        sums: work.posted.map(closedSum),
      },
    },
  );
  return events[0];
};

const decideInvoice = async (tx: Tx, work: Work, invoice: string): Promise<void> => {
  const { scope, contract, cut, month, meta, posted } = work;
  const terms = fromRowTerms(contract);
  const taken = await takeNumber(tx, { tenant: scope.tenant, terms, at: meta.at });
  const billed = await billedSums(tx, contract.contract, posted);
  await handleIn(
    tx,
    {
      decider: invoiceDecider,
      toBody: toRowInvoiceEvent,
      fromBody: fromRowInvoiceEvent,
      project: async (_tx, decided) => {
        for (const event of decided.events) await projectInvoice(tx, event);
      },
      publish: (decided) => decided.events.map(publishInvoice),
    },
    {
      scope,
      streamId: invoiceStream(invoice),
      meta,
      command: {
        type: 'IssueInvoice',
        tenant: scope.tenant,
        invoice,
        ...taken,
        contract: contract.contract,
        terms,
        period: month.id,
        now: meta.at,
        vector: cut.vector,
        posted,
        billed,
      },
    },
  );
};

interface ClosedRow {
  readonly invoice: string | null;
}

const findClosed = async (
  tx: Tx,
  { contract, period }: CloseOrder,
): Promise<ClosedRow | undefined> => {
  const [row] = await tx.query<ClosedRow>(
    'select invoice from period where contract = $1 and period = $2',
    [contract.contract, period],
  );
  return row;
};

/** Usage that was taken back to nothing leaves its sums, at zero, and no line. */
const isBilled = ({ quantity, calls }: PostedSum): boolean => quantity !== 0n || calls !== 0n;

/** Closes inside a cut that was taken; a second close answers what the first one made. */
export const closeInCut = async (tx: Tx, cut: Cut, order: CloseOrder): Promise<Closed> => {
  const before = await findClosed(tx, order);
  if (before !== undefined) {
    return { changed: false, invoice: before.invoice, reason: 'ALREADY_CLOSED' };
  }
  const { scope, contract, period } = order;
  const month = monthPeriod(contract.zone, period);
  const posted = await postedSums(tx, contract.contract, period);
  const invoice = posted.some(isBilled) ? invoiceId(contract.contract, period) : null;
  const work: Work = { ...order, cut, month, posted, invoice };
  const event = await decideClose(tx, work);
  if (event === undefined) return { changed: false, invoice: null, reason: 'ALREADY_CLOSED' };
  if (invoice !== null) await decideInvoice(tx, work, invoice);
  await projectPeriodClosed(tx, {
    tenant: scope.tenant,
    event: { ...event, buyer: contract.buyer, invoice, cut },
    catalogueVersion: cut.catalogueVersion,
  });
  return { changed: true, invoice, reason: invoice === null ? 'NO_USAGE' : null };
};
