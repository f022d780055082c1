/**
 * Who asks, what they may see, and under which request: read from the credential and the request.
 *
 * Source      design 3.12
 */
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { callerOf, contextOf } from '@suanpan/platform-http';
import type { Caller } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { EventMeta, Scope } from '@suanpan/platform-postgres';
import type { Request } from 'express';

export interface Asked {
  readonly scope: Scope;
  readonly isOperator: boolean;
  readonly actor: string;
  readonly requestId: string;
}

/** The operator sees the tenant, everyone else only the rows of its own party. */
const scopeOf = ({ tenant, party, role }: Caller): Scope => {
  if (role === 'operator') return { tenant };
  // A key without a party sees nobody's rows: no party's name is a blank.
  return { tenant, party: party ?? ' ' };
};

/** Handler parameter: the request's scope and origin. */
export const Asked = createParamDecorator((_data: unknown, context: ExecutionContext): Asked => {
  const request = context.switchToHttp().getRequest<Request>();
  const caller = callerOf(request);
  return {
    scope: scopeOf(caller),
    isOperator: caller.role === 'operator',
    actor: caller.keyId,
    requestId: contextOf(request).requestId,
  };
});

/** What is kept beside an event. */
export const metaOf = ({ actor, requestId }: Asked, clock: Clock): EventMeta => ({
  actor,
  requestId,
  at: clock.now(),
});
