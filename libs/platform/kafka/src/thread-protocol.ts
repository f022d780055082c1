/**
 * What the two sides of a producer's thread say to each other.
 *
 * Invariant   an order is answered once, by its number.
 */
import { Defect, Unavailable } from '@suanpan/event-sourcing';
import type { PackedRecords } from './packed-records.js';

export interface ThreadSettings {
  readonly prefix: string;
  readonly clientId: string;
  readonly service: string;
}

export type Order = { readonly order: number } & (
  | { readonly type: 'connect' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'send'; readonly topic: string; readonly packed: PackedRecords }
);

export interface Fault {
  readonly kind: 'Unavailable' | 'Defect';
  readonly code: string;
  readonly message: string;
}

/** No fault: done. */
export interface Answer {
  readonly order: number;
  readonly fault: Fault | null;
}

/** An error as it may cross between threads: an object's class does not. */
export const toFault = (error: unknown): Fault => {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Unavailable) return { kind: 'Unavailable', code: error.code, message };
  const code = error instanceof Defect ? error.code : 'PRODUCER_FAULT';
  return { kind: 'Defect', code, message };
};

export const fromFault = ({ kind, code, message }: Fault): Error =>
  kind === 'Unavailable' ? new Unavailable(code, message) : new Defect(code, message);
