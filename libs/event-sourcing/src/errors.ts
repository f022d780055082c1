/**
 * The four kinds of error that are thrown on purpose, and nothing else is.
 *
 * Source      docs/architecture.md 6
 */

/** The bytes are not a command. 400, or the quarantine; never retried. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
  constructor(
    readonly code: string,
    message: string,
    readonly path?: string,
  ) {
    super(message);
  }
}

/** A business rule said no. 409 with the code; never retried. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A store or a peer did not answer. Retried up to a limit, then 503. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Our own invariant broke. The message is parked and someone is paged. */
export class Defect extends Error {
  override readonly name = 'Defect';
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
