/**
 * The first wall of every route: a key, then a role.
 *
 * Rejections  UNAUTHENTICATED 401, FORBIDDEN_ROLE 403
 * Source      reliability rows S05, S15
 */
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ApiKeys } from './api-keys.js';
import { PUBLIC_KEY, ROLES_KEY, unauthenticated } from './caller.js';
import type { Role } from './caller.js';
import { HttpProblem } from './problem.js';
import { contextOf } from './request-context.js';

const BEARER = /^Bearer +([^\s]{1,200})$/i;

@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    @Inject(ApiKeys) private readonly keys: ApiKeys,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC_KEY, places)) return true;
    const request = context.switchToHttp().getRequest<Request>();
    const presented = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (presented === undefined) throw unauthenticated('Send Authorization: Bearer <API key>.');
    const caller = await this.keys.callerOf(presented);
    if (caller === null) throw unauthenticated('The API key is unknown or revoked.');
    contextOf(request).caller = caller;
    const roles = this.reflector.getAllAndOverride<readonly Role[]>(ROLES_KEY, places);
    if (roles !== undefined && !roles.includes(caller.role)) {
      throw new HttpProblem(403, 'FORBIDDEN_ROLE', `A key of role ${caller.role} may not do this.`);
    }
    return true;
  }
}
