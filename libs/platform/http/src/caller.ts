/**
 * Who is asking: read from the credential by `ApiKeyGuard`, never from the body.
 *
 * Source      design 1 (tenant), reliability row S03
 */
import { createParamDecorator, SetMetadata } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { contextOf } from './request-context.js';
import { HttpProblem } from './problem.js';
import type { Scope } from './scopes.js';

export const ROLES = ['operator', 'centre', 'partner', 'buyer'] as const;
export type Role = (typeof ROLES)[number];

export interface Caller {
  readonly tenant: string;
  /** The centre, partner or buyer that holds the key; null for the operator. */
  readonly party: string | null;
  readonly role: Role;
  /** The key's public prefix. */
  readonly keyId: string;
  /** The event sources that a centre's key may use; empty means any. */
  readonly sources: readonly string[];
  readonly scopes: readonly Scope[];
  /** The contracts that the key may name; null: any. */
  readonly contracts: readonly string[] | null;
}

export const unauthenticated = (detail: string): HttpProblem =>
  new HttpProblem(401, 'UNAUTHENTICATED', { detail, headers: { 'WWW-Authenticate': 'Bearer' } });

/** The caller of a guarded request. */
export const callerOf = (request: Request): Caller => {
  const { caller } = contextOf(request);
  if (caller === undefined) throw unauthenticated('An API key is needed.');
  return caller;
};

/** Handler parameter: the caller. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<Request>()),
);

export const ROLES_KEY = 'suanpan:roles';
export const PUBLIC_KEY = 'suanpan:public';

/** Only these roles may call the route or the controller; everyone else gets 403. */
export const Roles = (...roles: readonly Role[]) => SetMetadata(ROLES_KEY, roles);

/** No key is asked for. */
export const Public = () => SetMetadata(PUBLIC_KEY, true);
