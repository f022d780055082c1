/**
 * Answers whatever was thrown, and logs what nobody threw on purpose.
 *
 * Invariant   a body that was not read to its end closes the connection, after a bounded drain.
 * Source      docs/architecture.md 6; reliability rows B13, B28, S37
 */
import { Catch, NotFoundException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Unavailable } from '@suanpan/event-sourcing';
import type { Logger } from '@suanpan/platform-observability';
import type { Request, Response } from 'express';
import { allowedMethods } from './allowed-methods.js';
import { ClientGone, drain } from './body-stream.js';
import { HttpProblem, toHttpProblem, toProblem } from './problem.js';
import { contextOf } from './request-context.js';
import type { ProblemForm } from './request-context.js';

const pathOf = ({ originalUrl }: Request): string => originalUrl.split('?', 1)[0] ?? '/';

/** A route that does not exist is 404; one that exists for other methods is 405 with Allow. */
const unmatched = (request: Request): HttpProblem => {
  const allowed = allowedMethods(request);
  if (allowed.length === 0) return new HttpProblem(404, 'NOT_FOUND', 'No such route.');
  return new HttpProblem(405, 'METHOD_NOT_ALLOWED', {
    detail: `Allowed here: ${allowed.join(', ')}.`,
    headers: { Allow: allowed.join(', ') },
  });
};

const problemOf = (error: unknown, request: Request): HttpProblem => {
  const isUnmatched = error instanceof NotFoundException && request.route === undefined;
  return isUnmatched ? unmatched(request) : toHttpProblem(error);
};

const inProblemJson: ProblemForm = (problem) => ({
  status: problem.status,
  contentType: 'application/problem+json; charset=utf-8',
  body: JSON.stringify(problem),
});

/** Writes a problem as the answer. Callers have not sent headers yet. */
export const sendProblem = async (
  request: Request,
  response: Response,
  problem: HttpProblem,
): Promise<void> => {
  if (!request.complete) {
    const ended = problem.status !== 408 && (await drain(request));
    if (!ended) response.setHeader('Connection', 'close');
  }
  if (response.headersSent || response.destroyed) return;
  const { requestId, problemForm = inProblemJson } = contextOf(request);
  const written = problemForm(toProblem(problem, { instance: pathOf(request), requestId }));
  response.status(written.status).set(problem.headers);
  response.removeHeader('ETag');
  response.setHeader('Content-Type', written.contentType);
  response.end(written.body);
};

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    if (error instanceof ClientGone) {
      response.destroy();
      return;
    }
    const problem = problemOf(error, request);
    this.log(error, problem, request);
    if (response.headersSent) response.destroy();
    else await sendProblem(request, response, problem);
  }

  private log(error: unknown, problem: HttpProblem, request: Request): void {
    if (problem.status < 500) return;
    const { requestId } = contextOf(request);
    const entry = { requestId, code: problem.code, err: error };
    if (error instanceof Unavailable) this.logger.warn(entry, 'request refused: unavailable');
    else this.logger.error(entry, 'request failed');
  }
}
