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

export interface Order<Body> {
  readonly order: number;
  readonly body: Body;
}

export type Fault =
  | { readonly kind: 'Unavailable' | 'Defect'; readonly code: string; readonly message: string }
  | { readonly kind: 'StaleEpoch'; readonly message: string }
  | {
      readonly kind: 'HaltPartition';
      readonly code: string;
      readonly message: string;
      readonly topic: string;
      readonly partition: number;
    };

/** No fault: done. */
export interface Answer<Result> {
  readonly order: number;
  readonly result: Result;
  readonly fault: Fault | null;
}

/** An error as it may cross between threads: an object's class does not. */
export const toFault = (error: unknown): Fault => {
  if (!(error instanceof Error)) {
    return { kind: 'Defect', code: 'THREAD_FAULT', message: String(error) };
  }
  const { message } = error;
  if (error instanceof StaleEpoch) return { kind: 'StaleEpoch', message };
  if (error instanceof Unavailable) return { kind: 'Unavailable', code: error.code, message };
  if (error instanceof HaltPartition) {
    const { code, topic, partition } = error;
    return { kind: 'HaltPartition', code, message, topic, partition };
  }
  if (error instanceof Defect) return { kind: 'Defect', code: error.code, message };
  // Nobody expected it: where it came from is all that helps.
  return { kind: 'Defect', code: 'THREAD_FAULT', message: error.stack ?? message };
};

export const fromFault = (fault: Fault): Error => {
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
