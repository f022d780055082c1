/**
 * Books or clears one open item: load, decide, append, project.
 *
 * Source      libs/settlement (receivable, payable)
 */
import type { EventMeta, Tx } from '@suanpan/platform-postgres';
import { handleIn } from '@suanpan/platform-postgres';
import type { OpenItemCommand, OpenItemEvent } from '@suanpan/settlement';
import { payable, receivable } from '@suanpan/settlement';
import { fromItemBody, toBookedBody, toClearedBody } from './item-body.js';
import { projectStored } from './projection.js';

interface ItemOrder {
  readonly tenant: string;
  readonly side: 'receivable' | 'payable';
  readonly command: OpenItemCommand;
  readonly meta: EventMeta;
  /** What `ItemBooked` holds of its document. */
  readonly document?: Readonly<Record<string, unknown>>;
}

/** Books or clears one item in the caller's transaction. */
export const handleItem = async (tx: Tx, order: ItemOrder): Promise<void> => {
  const { tenant, side, command, meta, document = {} } = order;
  const toBody = (event: OpenItemEvent) =>
    event.type === 'ItemBooked'
      ? { type: event.type, body: { ...document, ...toBookedBody(event) } }
      : { type: event.type, body: toClearedBody(event) };
  const decider = side === 'payable' ? payable : receivable;
  const streamId = `${side}:${command.itemId}`;
  const options = { decider, toBody, fromBody: fromItemBody, project: projectStored };
  await handleIn(tx, options, { scope: { tenant }, streamId, meta, command });
};
