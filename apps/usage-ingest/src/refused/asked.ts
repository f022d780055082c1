/** Who asks about refused events, what they may see, and under which request. */
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { callerOf, contextOf } from '@suanpan/platform-http';
import type { Caller } from '@suanpan/platform-http';
import type { Scope } from '@suanpan/platform-postgres';
import type { Request } from 'express';

export interface Asked {
  readonly caller: Caller;
  readonly scope: Scope;
  readonly requestId: string;
  /** The body as it came; empty where there is none. */
  readonly body: Buffer;
}

/** The operator sees the tenant, a centre its own. */
const scopeOf = ({ tenant, party, role }: Caller): Scope =>
  // A key without a party sees nobody's rows: no party's name is a blank.
  role === 'operator' ? { tenant } : { tenant, party: party ?? ' ' };

/** Handler parameter: the request's scope and origin. */
export const Asked = createParamDecorator((_data: unknown, context: ExecutionContext): Asked => {
  const request = context.switchToHttp().getRequest<Request>();
  const caller = callerOf(request);
  const { requestId, rawBody: body = Buffer.alloc(0) } = contextOf(request);
  return { caller, scope: scopeOf(caller), requestId, body };
});
