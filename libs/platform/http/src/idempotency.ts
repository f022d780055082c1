/**
 * `@Idempotent()`: a command that is sent twice under one Idempotency-Key has one effect and one
 * answer.
 *
 * Shape       the key is claimed before the command runs and finished with the answer's bytes.
 * Invariant   same key and same request: the same status and bytes; a command that failed gives its
 *             key back, so that it can be tried again. Where it is not known whether the command
 *             had its effect (a crash, a lost database), the claim is taken over once it is old: so
 *             every command must also be safe to run twice. Only the owner of a claim ends it.
 * Rejections  IDEMPOTENCY_KEY_REQUIRED 400, INVALID_IDEMPOTENCY_KEY 400,
 *             IDEMPOTENCY_KEY_REUSED 422, IDEMPOTENCY_KEY_IN_PROGRESS 409
 *             Answers are stored sealed where the service has a key for it, since one may hold a
 *             secret that is shown once.
 * Source      reliability D09, I23, S14, rows B21–B25; IETF httpapi idempotency-key-header draft
 */
import { createHash } from 'node:crypto';
import { applyDecorators, Inject, Injectable, UseInterceptors } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { Malformed } from '@suanpan/event-sourcing';
import type { Tx, Work } from '@suanpan/platform-postgres';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { from, lastValueFrom } from 'rxjs';
import type { Caller } from './caller.js';
import { callerOf } from './caller.js';
import type { AnswerSeal } from './answer-seal.js';
import { ANSWER_SEAL, DATABASE } from './tokens.js';
import type { DatabaseHolder } from './tokens.js';
import { HttpProblem } from './problem.js';
import { contextOf } from './request-context.js';
import { toJson } from './to-json.js';

const KEY_SHAPE = /^[\x21-\x7e]{1,255}$/;
/** Longer than any request may run, so that only a crashed one is taken over. */
const CLAIM_SECONDS = 120;

interface Claim {
  readonly caller: Caller;
  readonly key: string;
  readonly hash: Buffer;
}

interface OwnClaim extends Claim {
  readonly since: string;
}

interface KeyRow {
  readonly request_hash: Buffer;
  readonly state: 'running' | 'done';
  readonly response_status: number | null;
  readonly response_body: string | null;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const keyOf = ({ headers }: Request): string => {
  const key = headers['idempotency-key'];
  if (key === undefined) {
    throw new Malformed('IDEMPOTENCY_KEY_REQUIRED', 'Send an Idempotency-Key header.');
  }
  if (typeof key !== 'string' || !KEY_SHAPE.test(key)) {
    const rule = 'An Idempotency-Key is 1 to 255 visible ASCII characters.';
    throw new Malformed('INVALID_IDEMPOTENCY_KEY', rule);
  }
  return key;
};

const hashOf = (request: Request, caller: Caller): Buffer => {
  const head = [request.method, request.originalUrl, caller.role, caller.party ?? ''];
  const hash = createHash('sha256').update(JSON.stringify(head));
  return hash.update(contextOf(request).rawBody ?? '').digest();
};

const CLAIM = `
insert into idempotency_key as k (tenant, key, request_hash, state)
values ($1, $2, $3, 'running')
on conflict (tenant, key) do update set created_at = clock_timestamp()
where k.state = 'running' and k.request_hash = excluded.request_hash
  and k.created_at < clock_timestamp() - make_interval(secs => $4)
returning created_at::text as since`;

const READ = `
select request_hash, state, response_status, response_body
from idempotency_key where tenant = $1 and key = $2`;

const FINISH = `
update idempotency_key set state = 'done', response_status = $3, response_body = $4,
  finished_at = clock_timestamp()
where tenant = $1 and key = $2 and state = 'running' and created_at = $5::timestamptz`;

const RELEASE = `delete from idempotency_key
where tenant = $1 and key = $2 and state = 'running' and created_at = $3::timestamptz`;

const inProgress = (): HttpProblem =>
  new HttpProblem(409, 'IDEMPOTENCY_KEY_IN_PROGRESS', {
    detail: 'The first request still runs.',
    headers: { 'Retry-After': '1' },
  });

const reused = (): HttpProblem =>
  new HttpProblem(422, 'IDEMPOTENCY_KEY_REUSED', 'This key was used for another request.');

/** Since when the claim is ours, by which it is known again; else the answer that was given. */
const claim = async (
  tx: Tx,
  { caller, key, hash }: Claim,
): Promise<{ readonly since: string } | Answer> => {
  const [claimed] = await tx.query<{ since: string }>(CLAIM, [
    caller.tenant,
    key,
    hash,
    CLAIM_SECONDS,
  ]);
  if (claimed !== undefined) return claimed;
  const [row] = await tx.query<KeyRow>(READ, [caller.tenant, key]);
  if (row === undefined) throw inProgress();
  if (!row.request_hash.equals(hash)) throw reused();
  if (row.state === 'running') throw inProgress();
  return { status: row.response_status ?? 200, body: row.response_body ?? '' };
};

@Injectable()
class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    @Inject(DATABASE) private readonly holder: DatabaseHolder,
    @Inject(ANSWER_SEAL) private readonly sealer: AnswerSeal,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    const caller = callerOf(request);
    const mine = { caller, key: keyOf(request), hash: hashOf(request, caller) };
    const given = await this.inTenant(mine, (tx) => claim(tx, mine));
    const isOurs = 'since' in given;
    if (!isOurs) response.setHeader('Idempotency-Replayed', 'true');
    const answer = isOurs
      ? await this.run({ ...mine, since: given.since }, next, response)
      : { ...given, body: this.sealer.open(given.body) };
    response.status(answer.status);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    return from([answer.body]);
  }

  private async run(mine: OwnClaim, next: CallHandler, response: Response): Promise<Answer> {
    const value = await this.handle(mine, next);
    const answer = { status: response.statusCode, body: toJson(value ?? null) };
    const sealed = this.sealer.seal(answer.body);
    // If this fails, the effect stands without its answer: the claim is kept until it is old.
    await this.inTenant(mine, (tx) =>
      tx.query(FINISH, [mine.caller.tenant, mine.key, answer.status, sealed, mine.since]),
    );
    return answer;
  }

  private async handle(mine: OwnClaim, next: CallHandler): Promise<unknown> {
    try {
      return await lastValueFrom(next.handle(), { defaultValue: null });
    } catch (error) {
      await this.release(mine);
      throw error;
    }
  }

  /** If this fails, the claim grows old and is taken over. */
  private async release(mine: OwnClaim): Promise<void> {
    const id = [mine.caller.tenant, mine.key, mine.since];
    await this.inTenant(mine, (tx) => tx.query(RELEASE, id)).catch(() => undefined);
  }

  private inTenant<T>({ caller }: Claim, work: Work<T>): Promise<T> {
    return this.holder.db.inTenant({ tenant: caller.tenant }, work);
  }
}

/** Every POST command carries it. */
export const Idempotent = () =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({ name: 'Idempotency-Key', required: true }),
  );
