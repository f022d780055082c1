/**
 * JSON batches at fixed times, whether or not earlier ones were answered.
 *
 * Units       milliseconds from the time at which a batch was due: a late start is not forgiven
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { batchesOf, post } from './json-batch.js';
import type { Order, PacedOrder, Sending } from './sender.js';

const MILLIS = 1_000;

export const sendPaced = (order: Order & PacedOrder): Sending => {
  const { url, batchEvents, perSecond } = order;
  const batches = batchesOf(order, batchEvents);
  const everyMs = (batchEvents / perSecond) * MILLIS;
  return async (agent) => {
    const begun = performance.now();
    const answered = batches.map(async (batch, place) => {
      const due = begun + place * everyMs;
      await sleep(due - performance.now());
      const accepted = await post(url, agent, batch);
      return { accepted, millis: performance.now() - due };
    });
    const all = await Promise.all(answered);
    return {
      batchMillis: all.map(({ millis }) => millis),
      accepted: all.reduce((sum, { accepted }) => sum + accepted, 0),
    };
  };
};
