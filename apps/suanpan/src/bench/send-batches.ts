/** JSON batches, a few in flight: the next leaves when one is answered. */
import { batchesOf, post } from './json-batch.js';
import type { BatchOrder, Order, Sending } from './sender.js';

export const sendBatches = (order: Order & BatchOrder): Sending => {
  const batches = batchesOf(order, order.batchEvents);
  return async (agent) => {
    const batchMillis: number[] = [];
    const waiting = batches.values();
    let accepted = 0;
    const lane = async (): Promise<void> => {
      // The lanes share one iterator: each batch leaves once.
      for (const batch of waiting) {
        const begun = performance.now();
        const taken = await post(order.url, agent, batch);
        batchMillis.push(performance.now() - begun);
        accepted += taken;
      }
    };
    await Promise.all(Array.from({ length: order.inFlight }, lane));
    return { batchMillis, accepted };
  };
};
