/**
 * What the two sides of a thread say to each other.
 *
 * Invariant   an order is answered once, by its number; an error is of the same kind on both sides,
 *             for its kind decides what becomes of the work.
 */
import { parentPort } from 'node:worker_threads';
import { Defect, Unavailable } from '@suanpan/event-sourcing';
import { StaleEpoch } from '@suanpan/platform-postgres';
import { HaltPartition } from './breaker.js';

interface Order<Body> {
  readonly order: number;
  readonly body: Body;
}

type Fault = { readonly message: string; readonly stack: string | undefined } & (
  | { readonly kind: 'Unavailable' | 'Defect'; readonly code: string }
  | { readonly kind: 'StaleEpoch' }
  | {
      readonly kind: 'HaltPartition';
      readonly code: string;
      readonly topic: string;
      readonly partition: number;
    }
);

/** No fault: done. */
export interface Answer<Result> {
  readonly order: number;
  readonly result: Result;
  readonly fault: Fault | null;
}

/** An error as it may cross between threads: an object's class does not. */
export const toFault = (thrown: unknown): Fault => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const told = { message: error.message, stack: error.stack };
  if (error instanceof StaleEpoch) return { kind: 'StaleEpoch', ...told };
  if (error instanceof Unavailable) return { kind: 'Unavailable', code: error.code, ...told };
  if (error instanceof HaltPartition) {
    const { code, topic, partition } = error;
    return { kind: 'HaltPartition', code, topic, partition, ...told };
  }
  if (error instanceof Defect) return { kind: 'Defect', code: error.code, ...told };
  const message = [error.message, ...DETAILS.map((name) => detailOf(error, name))].join('');
  return { kind: 'Defect', code: 'THREAD_FAULT', ...told, message };
};

/** What PostgreSQL adds to an error that nobody expected. */
const DETAILS = ['code', 'detail', 'constraint', 'where'] as const;

const detailOf = (error: Error, name: (typeof DETAILS)[number]): string => {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? `; ${name}: ${value}` : '';
};

/** The error of the same kind, with the stack of the thread it comes from. */
export const fromFault = (fault: Fault): Error => {
  const error = errorOf(fault);
  if (fault.stack !== undefined) error.stack = fault.stack;
  return error;
};

const errorOf = (fault: Fault): Error => {
  switch (fault.kind) {
    case 'StaleEpoch':
      return new StaleEpoch(fault.message);
    case 'HaltPartition':
      return new HaltPartition(fault.code, fault.message, fault);
    case 'Unavailable':
      return new Unavailable(fault.code, fault.message);
    case 'Defect':
      return new Defect(fault.code, fault.message);
  }
};

/** The worker's side: carries out each order as it comes, and answers it. */
export const serve = <Body, Result>(carryOut: (body: Body) => Promise<Result>): void => {
  const say = (answer: Answer<Result | undefined>): void => parentPort?.postMessage(answer);
  parentPort?.on('message', ({ order, body }: Order<Body>) => {
    carryOut(body).then(
      (result) => say({ order, result, fault: null }),
      (error: unknown) => say({ order, result: undefined, fault: toFault(error) }),
    );
  });
};
