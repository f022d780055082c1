/**
 * Documents that cannot be booked yet, with the reason shown.
 *
 * Shape       the message is kept as it was heard, a receipt as the door understood it.
 * Invariant   a document waits once; when it is booked it waits no more.
 */
import { canonicalJson } from '@suanpan/event-sourcing';
import type { Tx } from '@suanpan/platform-postgres';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { ReceiptTold } from '../receipts/post-receipt.js';
import type { Wait } from '../wait.js';

export type WaitingKind = 'invoice' | 'statement' | 'receipt';

export interface Kept {
  readonly tenant: string;
  readonly kind: WaitingKind;
  readonly document: string;
  readonly wait: Wait;
  readonly at: bigint;
  readonly value: Buffer;
}

const KEEP = `
insert into waiting (tenant, kind, document, reason, detail, since, value)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant, kind, document) do update
  set reason = excluded.reason, detail = excluded.detail`;

export const keepWaiting = async (tx: Tx, kept: Kept): Promise<void> => {
  const { tenant, kind, document, wait, at, value } = kept;
  const row = [tenant, kind, document, wait.reason, wait.detail, toRowInstant(at), value];
  await tx.query(KEEP, row);
};

/** Keeps a receipt that cannot be posted yet; what was told first stays. */
export const keepReceipt = (
  tx: Tx,
  told: { tenant: string; told: ReceiptTold; wait: Wait; at: bigint },
): Promise<void> =>
  keepWaiting(tx, {
    tenant: told.tenant,
    kind: 'receipt',
    document: told.told.receipt,
    wait: told.wait,
    at: told.at,
    value: Buffer.from(canonicalJson(told.told)),
  });
