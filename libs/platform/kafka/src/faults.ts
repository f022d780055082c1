/**
 * Whose fault an error is: the store's, the message's own, or nobody knows whose.
 *
 * Source      reliability D08
 */
import { Malformed, Rejection, Unavailable } from '@suanpan/event-sourcing';
import { codeOf } from '@suanpan/platform-postgres';
import { HaltPartition } from './breaker.js';

/** Data that PostgreSQL refuses: NUL in text, half a surrogate pair, a number out of range. */
const isRefusedData = (error: unknown): boolean => {
  const code = codeOf(error) ?? '';
  return code.length === 5 && (code.startsWith('22') || code === '23514');
};

/** The message's own fault: no second try can help. */
export const isPoison = (error: unknown): error is Error =>
  error instanceof Malformed ||
  (error instanceof Rejection && error.code !== 'VERSION_CONFLICT') ||
  isRefusedData(error);

/** Not the message's fault at all: the batch waits, or its partition stops. */
export const isAboveMessage = (error: unknown): boolean =>
  error instanceof Unavailable || error instanceof HaltPartition;

/** The stable code under which a poison message is kept. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof Malformed || error instanceof Rejection) return error.code;
  return isRefusedData(error) ? 'REFUSED_BY_DATABASE' : 'HANDLER_FAILED';
};

export const detailOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
