/**
 * Which port each server listens on.
 *
 * Owns        the usual ports and the search for the next free one.
 * Invariant   a stack keeps the port of its last run while it is free, so that addresses stay.
 */
import { createServer } from 'node:net';
import { StackProblem } from './problem.js';

export const HOST = '127.0.0.1';
export const USUAL_PORTS = { kafka: 9092, postgres: 5432, redis: 6379 } as const;
/** The broker's own listeners stay clear of what other programs use. */
export const INTERNAL_PORTS = { brokers: 19092, controllers: 29092 } as const;
const SEARCH_MAX = 200;

/** Whether nothing listens there: a bind is the only sure answer. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve(true)));
  });

export interface PortWish {
  readonly usual: number;
  /** The port of the last run. */
  readonly last?: number | undefined;
  /** Ports that this start has already given away. */
  readonly taken: ReadonlySet<number>;
}

/** The last port, else the usual one, else the next free one after it. */
export const choosePort = async (wish: PortWish, free = isFree): Promise<number> => {
  const following = Array.from({ length: SEARCH_MAX }, (_, step) => wish.usual + step);
  const candidates = wish.last === undefined ? following : [wish.last, ...following];
  for (const port of candidates) {
    if (!wish.taken.has(port) && (await free(port))) return port;
  }
  throw new StackProblem(`No free port from ${wish.usual} to ${wish.usual + SEARCH_MAX - 1}.`);
};
