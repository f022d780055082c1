/**
 * Tries again to explain a receipt in suspense, now that an invoice it quotes may be known.
 *
 * Source      design ruling R29
 */
import type { EventMeta, Tx } from '@suanpan/platform-postgres';
import { lockBooks } from '../journal/books.js';
import { selectEntity } from '../legal-entities/legal-entity.js';
import { matchReceipt } from './match-receipt.js';
import { loadReceipt, tellReceived } from './post-receipt.js';

/** Matches the receipt if it can be; the tenant must have been entered. */
export const rematchReceipt = async (
  tx: Tx,
  id: string,
  { tenant, meta }: { readonly tenant: string; readonly meta: EventMeta },
): Promise<void> => {
  const seen = await loadReceipt(tx, tenant, id);
  if (seen === null || seen.matched !== null) return;
  await lockBooks(tx, tenant, seen.posted.entity);
  const known = await loadReceipt(tx, tenant, id);
  const entity = await selectEntity(tx, tenant, seen.posted.entity);
  if (known === null || known.matched !== null || entity === undefined) return;
  const matched = await matchReceipt(tx, { tenant, entity, meta }, known.posted);
  if (typeof matched === 'string') return;
  await tellReceived(tx, tenant, { ...known, matched, reason: null });
};
