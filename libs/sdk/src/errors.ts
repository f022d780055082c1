/**
 * What this library says when it cannot do what was asked. `code` is for programs, the message says
 * what to do.
 */
export type SuanpanErrorCode =
  | 'INVALID_OPTION'
  | 'INVALID_EVENT'
  | 'EVENT_TOO_LARGE'
  | 'JOURNAL_LOCKED'
  | 'JOURNAL_FAILED'
  | 'CLOSED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'WRONG_ADDRESS';

export class SuanpanError extends Error {
  override readonly name = 'SuanpanError';

  constructor(
    readonly code: SuanpanErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
