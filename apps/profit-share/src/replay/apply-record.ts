/**
 * Applies one record of the log to the scratch schema, as the consumer did.
 *
 * Invariant   the same inbox and the same functions as live, without the waking.
 */
import { decode } from '@suanpan/messages';
import type { Message } from '@suanpan/messages';
import { acceptOnce, enterTenant, park, takeParked } from '@suanpan/platform-postgres';
import type { Heard, Tx } from '@suanpan/platform-postgres';
import { applyRated } from '../accruals/apply-rated.js';
import {
  applyContractEnded,
  applyContractSigned,
  applyPeriodClosed,
} from '../accruals/directory.js';
import { keepInvoice } from '../distributions/keep-invoice.js';
import type { ReadRecord } from './read-topics.js';

const applyMessage = async (tx: Tx, message: Message): Promise<void> => {
  if (message.type === 'usage.rated') await applyRated(tx, message.value);
  if (message.type === 'contract.signed') await applyContractSigned(tx, message.value);
  if (message.type === 'contract.ended') await applyContractEnded(tx, message.value);
  if (message.type === 'period.closed') await applyPeriodClosed(tx, message.value);
  if (message.type === 'invoice.issued') await keepInvoice(tx, message.value);
};

const applyValue = async (tx: Tx, tenant: string, value: Buffer | null): Promise<void> => {
  await enterTenant(tx, { tenant: tenant === '*' ? '' : tenant });
  await applyMessage(tx, decode(value));
};

const heardOf = ({ topic, headers }: ReadRecord): Heard | undefined => {
  const streamId = headers['stream-id'];
  const version = headers['stream-version'];
  if (streamId === undefined || version === undefined) return undefined;
  return { source: topic, tenant: headers['tenant'] ?? '*', streamId, version: BigInt(version) };
};

/** Applies the messages that came before this one. */
const followUp = async (tx: Tx, heard: Heard): Promise<void> => {
  for (let last = heard; ;) {
    const parked = await takeParked(tx, last);
    if (parked === undefined || (await acceptOnce(tx, parked)) !== 'apply') return;
    last = parked;
    await applyValue(tx, parked.tenant, parked.value);
  }
};

/** `isSetAside`: live could not use it, but remembered that it was heard. */
export const applyRecord = async (
  tx: Tx,
  record: ReadRecord,
  isSetAside: boolean,
): Promise<void> => {
  const heard = heardOf(record);
  const acceptance = heard === undefined ? 'apply' : await acceptOnce(tx, heard);
  const { partition, offset, value } = record;
  if (acceptance === 'ahead' && heard !== undefined && !isSetAside) {
    const type = record.headers['type'] ?? '';
    await park(tx, { ...heard, partition, offset, type, value: value ?? Buffer.alloc(0) });
  }
  if (acceptance !== 'apply') return;
  if (!isSetAside) await applyValue(tx, record.headers['tenant'] ?? '*', value);
  if (heard !== undefined) await followUp(tx, heard);
};
