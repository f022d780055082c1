/**
 * Which database errors are worth another try, and which of them mean that the store is away.
 *
 * Shape       SQLSTATE classes of PostgreSQL, error codes of Node's sockets, texts of node-postgres.
 * Invariant   an infrastructure fault is never taken for a fault of the data (D08): F15–F19.
 * Source      reliability D08, D13; PostgreSQL appendix A
 */
import { Unavailable } from '@suanpan/event-sourcing';

/**
 * The worker no longer holds the partition, or its offset is not the stored one. Nothing was
 * written; the batch must be dropped and the partition claimed again.
 */
export class StaleEpoch extends Unavailable {
  constructor(message: string) {
    super('STALE_EPOCH', message);
  }
}

const REPEATABLE = new Set(['40001', '40P01']);
const AWAY_CLASSES = ['08', '53', '57P'];
/** Lock not available, statement or idle timeouts, a lost TCP connection. */
const AWAY_STATES = new Set(['55P03', '57014', '25P03', '25P04']);
const AWAY_SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const AWAY_TEXT =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|Driver not Connected)/;

/** The SQLSTATE or socket code of an error, if it has one. */
export const codeOf = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
};

/** True for a serialization failure or a deadlock: the whole unit may simply run again. */
export const isRepeatable = (error: unknown): boolean => REPEATABLE.has(codeOf(error) ?? '');

/** True when the database, and not the statement, is at fault. */
export const isAway = (error: unknown): boolean => {
  if (error instanceof Unavailable) return true;
  const code = codeOf(error);
  if (code !== undefined) {
    if (AWAY_STATES.has(code) || AWAY_SOCKET.has(code)) return true;
    if (code.length === 5 && AWAY_CLASSES.some((prefix) => code.startsWith(prefix))) return true;
  }
  return error instanceof Error && AWAY_TEXT.test(error.message);
};

/** True when the connection itself cannot be trusted any more: it must not go back to the pool. */
export const isBroken = (error: unknown): boolean => {
  if (error instanceof Unavailable || !isAway(error)) return false;
  const code = codeOf(error) ?? '';
  return code.length !== 5 || code.startsWith('08') || code.startsWith('57P');
};

/** The error as the rest of the system knows it: `Unavailable`, or unchanged. */
export const toUnavailable = (error: unknown): unknown => {
  if (error instanceof Unavailable || !isAway(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new Unavailable('DATABASE_UNAVAILABLE', `PostgreSQL did not answer: ${reason}`, {
    cause: error,
  });
};
