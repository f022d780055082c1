/**
 * Nest's own schema pipe with our codes: what a zod schema refuses becomes a problem with paths.
 *
 * Shape       `@Body({ schema })`, `@Query({ schema })`, `@Param('id', { schema })`.
 * Rejections  INVALID_ENVELOPE 400, UNKNOWN_FIELD, MISSING_FIELD and INVALID_VALUE 422,
 *             INVALID_QUERY 400
 * Source      reliability rows B04, B18, B20; design ruling R20
 */
import { Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { HttpProblem } from './problem.js';
import type { ProblemError } from './problem.js';

type Issue = StandardSchemaV1.Issue & {
  readonly code?: string;
  readonly keys?: readonly string[];
  readonly input?: unknown;
};

const ERRORS_MAX = 100;

class IssuesFound extends Error {
  constructor(readonly issues: readonly Issue[]) {
    super('The schema refused the value.');
  }
}

const pathOf = (issue: Issue): string =>
  (issue.path ?? [])
    .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    .join('.');

const under = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const valueAt = (value: unknown, issue: Issue): unknown =>
  (issue.path ?? []).reduce<unknown>((inner, segment) => {
    const key = typeof segment === 'object' ? segment.key : segment;
    return typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined;
  }, value);

const toErrors = (value: unknown, issue: Issue): readonly ProblemError[] => {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({
      path: under(path, key),
      code: 'UNKNOWN_FIELD',
      detail: 'No such field.',
    }));
  }
  const missing = issue.code === 'invalid_type' && valueAt(value, issue) === undefined;
  return [{ path, code: missing ? 'MISSING_FIELD' : 'INVALID_VALUE', detail: issue.message }];
};

const isPlain = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refuseBody = (value: unknown, issues: readonly Issue[]): HttpProblem => {
  const root = issues.find((issue) => pathOf(issue) === '' && issue.code === 'invalid_type');
  if (root !== undefined && !isPlain(value)) {
    return new HttpProblem(400, 'INVALID_ENVELOPE', `The body is no command: ${root.message}.`);
  }
  const errors = issues.flatMap((issue) => toErrors(value, issue)).slice(0, ERRORS_MAX);
  // An unknown field is the likeliest cause of the other faults, so it names the problem.
  const first = errors.find(({ code }) => code === 'UNKNOWN_FIELD') ?? errors[0];
  const detail = first === undefined ? 'A value is refused.' : `${first.path}: ${first.detail}`;
  return new HttpProblem(422, first?.code ?? 'INVALID_VALUE', { detail, errors });
};

const refuse = (value: unknown, issues: readonly Issue[], type: string): HttpProblem => {
  if (type !== 'query') return refuseBody(value, issues);
  const errors = issues.flatMap((issue) => toErrors(value, issue)).slice(0, ERRORS_MAX);
  const detail = `Refused in the query: ${errors.map(({ path }) => path).join(', ')}.`;
  return new HttpProblem(400, 'INVALID_QUERY', { detail, errors });
};

/** The pipe that `bootstrapHttp` installs for every route. */
@Injectable()
export class ProblemValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new IssuesFound(issues) });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (error instanceof IssuesFound) throw refuse(value, error.issues, metadata.type);
      throw error;
    }
  }
}
