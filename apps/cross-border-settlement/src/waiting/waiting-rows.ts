/**
 * Documents that cannot be booked yet, with the reason shown.
 *
 * Shape       the message is kept as it was heard.
 * Invariant   a document waits once, as it was kept first; when it is booked it waits no more.
 */
import type { Tx } from '@suanpan/platform-postgres';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { Wait } from '../wait.js';

export type WaitingKind = 'invoice' | 'statement' | 'receipt';

interface Kept {
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
  set reason = excluded.reason, detail = excluded.detail
returning value`;

/** Gives what is kept: the value of the one that came first. */
export const keepWaiting = async (tx: Tx, kept: Kept): Promise<Buffer> => {
  const { tenant, kind, document, wait, at, value } = kept;
  const row = [tenant, kind, document, wait.reason, wait.detail, toRowInstant(at), value];
  const [first] = await tx.query<{ value: Buffer }>(KEEP, row);
  return first?.value ?? value;
};
