/**
 * A receipt that cannot be posted yet, kept as the door understood it.
 *
 * Invariant   what was told first stays: told again it may only name the entity that was not named.
 *             What was told is in the books or here, never both.
 * Rejections  RECEIPT_EXISTS
 * Source      design ruling R29
 */
import { Rejection, canonicalJson } from '@suanpan/event-sourcing';
import type { Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import type { ReceiptTold } from '../receipts/post-receipt.js';
import { receiptOrder, saysTheSame } from '../receipts/receipt.js';
import type { Wait } from '../wait.js';
import { keepWaiting } from './waiting-rows.js';

const told = receiptOrder.extend({ entity: z.string().nullable() });

const toRow = (receipt: ReceiptTold): Buffer => Buffer.from(canonicalJson(receipt));

export const fromRowReceipt = (value: Buffer): ReceiptTold =>
  told.parse(JSON.parse(value.toString('utf8')));

/** The kept receipt as it stands after it was told again. */
export const toldAgain = (kept: ReceiptTold, again: ReceiptTold): ReceiptTold => {
  const isOfAnother = kept.entity !== null && again.entity !== null && kept.entity !== again.entity;
  if (!saysTheSame(kept, again) || isOfAnother) {
    throw new Rejection('RECEIPT_EXISTS', `Receipt ${again.receipt} waits and was told otherwise.`);
  }
  return { ...kept, entity: again.entity ?? kept.entity };
};

const LOCK = `
select value from waiting where tenant = $1 and kind = 'receipt' and document = $2 for update`;

/** What is to be posted: what was told now, with what was told before if it waits. */
export const withWaiting = async (
  tx: Tx,
  tenant: string,
  now: ReceiptTold,
): Promise<ReceiptTold> => {
  const [kept] = await tx.query<{ value: Buffer }>(LOCK, [tenant, now.receipt]);
  return kept === undefined ? now : toldAgain(fromRowReceipt(kept.value), now);
};

const RENAME = `
update waiting set value = $3 where tenant = $1 and kind = 'receipt' and document = $2`;

interface WaitingReceipt {
  readonly tenant: string;
  readonly told: ReceiptTold;
  readonly wait: Wait;
  readonly at: bigint;
}

/** Keeps the receipt; another order that was kept meanwhile goes before it. */
export const keepReceipt = async (tx: Tx, waiting: WaitingReceipt): Promise<void> => {
  const { tenant, told: now, wait, at } = waiting;
  const { receipt: document } = now;
  const value = toRow(now);
  const kept = await keepWaiting(tx, { tenant, kind: 'receipt', document, wait, at, value });
  if (kept.equals(value)) return;
  await tx.query(RENAME, [tenant, document, toRow(toldAgain(fromRowReceipt(kept), now))]);
};

const POSTED = `delete from waiting where tenant = $1 and kind = 'receipt' and document = $2`;

/** The receipt is in the books: it waits no more. */
export const forgetReceipt = async (tx: Tx, tenant: string, receipt: string): Promise<void> => {
  await tx.query(POSTED, [tenant, receipt]);
};
