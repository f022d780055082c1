/**
 * What the door knows about a request beside the request itself.
 *
 * Invariant   a client's x-request-id is taken only when it is short and plain, since it is logged.
 * Source      reliability row S35
 */
import { randomUUID } from 'node:crypto';
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { Caller } from './caller.js';
import type { Problem } from './problem.js';

export interface RequestContext {
  readonly requestId: string;
  readonly startedAt: number;
  caller?: Caller;
  /** Judges the body of a request that must be signed; taken away by whoever calls it. */
  checkBody?: ((body: Buffer) => Promise<void>) | undefined;
  /** The body of a command route as it came, after inflating. */
  rawBody?: Buffer;
  /** How a door that speaks another protocol says a problem; absent: RFC 9457. */
  problemForm?: ProblemForm;
}

/** A problem as it is written. */
export interface WrittenProblem {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
}

export type ProblemForm = (problem: Problem) => WrittenProblem;

const SANE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
const contexts = new WeakMap<IncomingMessage, RequestContext>();

/** The context of a request; made at its first use. */
export const contextOf = (request: IncomingMessage): RequestContext => {
  const known = contexts.get(request);
  if (known !== undefined) return known;
  const offered = request.headers['x-request-id'];
  const requestId = typeof offered === 'string' && SANE_ID.test(offered) ? offered : randomUUID();
  const made: RequestContext = { requestId, startedAt: performance.now() };
  contexts.set(request, made);
  return made;
};

/** Gives each request its id and says it in the answer. */
export const requestIds = (request: Request, response: Response, next: NextFunction): void => {
  response.setHeader('X-Request-Id', contextOf(request).requestId);
  next();
};

/** The request's id, for logs and for the metadata of events. */
export const RequestId = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string =>
    contextOf(context.switchToHttp().getRequest<Request>()).requestId,
);
