/**
 * What a door answers when it does not answer with the thing asked for.
 *
 * Shape       RFC 9457 application/problem+json with a stable `code`.
 * Invariant   a status of 500 says nothing about the inside: a generic text and the request id.
 * Source      docs/architecture.md 6; reliability row S37
 */
import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { Malformed, Rejection, Unavailable } from '@suanpan/event-sourcing';

export interface ProblemError {
  readonly path: string;
  readonly code: string;
  readonly detail: string;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
  readonly requestId: string;
  readonly errors?: readonly ProblemError[];
}

/** A refusal's text with what goes beside it. */
export interface ProblemText extends ErrorOptions {
  readonly detail: string;
  readonly errors?: readonly ProblemError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal that belongs to HTTP itself (401, 404, 413, 415 …), thrown only at doors. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly errors: readonly ProblemError[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    readonly status: number,
    readonly code: string,
    text: string | ProblemText,
  ) {
    const given: ProblemText = typeof text === 'string' ? { detail: text } : text;
    const { detail, errors, headers, ...options } = given;
    super(detail, options);
    this.errors = errors ?? [];
    this.headers = headers ?? {};
  }
}

/** 404, the same bytes for an absent thing and for another tenant's (S01). */
export const notFound = (what: string): HttpProblem =>
  new HttpProblem(404, 'NOT_FOUND', `No such ${what}.`);

/** 422: a well-formed command with a value that is refused. */
export const valueRefused = (code: string, path: string, detail: string): HttpProblem =>
  new HttpProblem(422, code, { detail, errors: [{ path, code, detail }] });

export const RETRY_AFTER_SECONDS = '5';

const CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
};

const fromMalformed = ({ code, message, path }: Malformed): HttpProblem =>
  path === undefined || path === ''
    ? new HttpProblem(400, code, message)
    : valueRefused(code, path, message);

const internal = (cause: unknown): HttpProblem =>
  new HttpProblem(500, 'INTERNAL_ERROR', {
    detail: 'The service failed. Quote the request id.',
    cause,
  });

/**
 * Translates any thrown thing. `Malformed` is 400, or 422 when it names the path of a value in a
 * command that could be read (R20); what nobody threw on purpose is 500.
 */
export const toHttpProblem = (error: unknown): HttpProblem => {
  if (error instanceof HttpProblem) return error;
  if (error instanceof Malformed) return fromMalformed(error);
  if (error instanceof Rejection) return new HttpProblem(409, error.code, error.message);
  if (error instanceof Unavailable) {
    const headers = { 'Retry-After': RETRY_AFTER_SECONDS };
    // The cause stays in the log: a driver's message may name hosts.
    return new HttpProblem(503, error.code, {
      detail: 'Not available now; try again.',
      headers,
      cause: error,
    });
  }
  if (error instanceof HttpException && error.getStatus() < 500) {
    const status = error.getStatus();
    return new HttpProblem(status, CODES[status] ?? 'REFUSED', error.message);
  }
  return internal(error);
};

const kebab = (code: string): string => code.toLowerCase().replaceAll('_', '-');

/** The body of the answer. */
export const toProblem = (
  problem: HttpProblem,
  at: { readonly instance: string; readonly requestId: string },
): Problem => ({
  type: `urn:suanpan:problem:${kebab(problem.code)}`,
  title: STATUS_CODES[problem.status] ?? 'Refused',
  status: problem.status,
  code: problem.code,
  detail: problem.message,
  instance: at.instance,
  requestId: at.requestId,
  ...(problem.errors.length > 0 && { errors: problem.errors }),
});
