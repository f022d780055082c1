/**
 * Why a document is not booked yet.
 *
 * Shape       a reason is a code; what waits for a rate or an entity is tried again.
 */
import { Rejection } from '@suanpan/event-sourcing';

export interface Wait {
  readonly reason: string;
  readonly detail: string;
}

/** Reasons that nothing which comes later can heal. */
export const FINAL_REASONS: readonly string[] = ['AMOUNT_NOT_POSITIVE'];

const HEALED: ReadonlySet<string> = new Set(['RATE_MISSING', 'RATE_STALE']);

/** What `work` gives, or why it must wait: a rate that is not known yet. */
export const orWait = <T>(work: () => T): T | Wait => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Rejection) || !HEALED.has(error.code)) throw error;
    return { reason: error.code, detail: error.message };
  }
};

export const isWait = (value: object): value is Wait => 'reason' in value && 'detail' in value;

export const entityUnknown = (entity: string): Wait => ({
  reason: 'ENTITY_UNKNOWN',
  detail: `There is no legal entity ${entity}.`,
});
