/**
 * The first wall of every route: a key, then a role, a scope, a signature.
 *
 * Rejections  KEY_IN_QUERY 400, UNAUTHENTICATED 401, FORBIDDEN_ROLE, FORBIDDEN_SCOPE 403,
 *             those of ./key-gate and ./signed-bodies
 * Source      reliability rows S05, S15, S17
 */
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { STREAMED_KEY } from './body-routes.js';
import type { StreamedBodyRule } from './body-routes.js';
import { PUBLIC_KEY, ROLES_KEY, unauthenticated } from './caller.js';
import type { Caller, Role } from './caller.js';
import { refuseKeyInQuery } from './key-in-query.js';
import { KeyGate } from './key-gate.js';
import { HttpProblem } from './problem.js';
import { contextOf } from './request-context.js';
import { SCOPE_KEY } from './scopes.js';
import type { Scope } from './scopes.js';
import { SignedBodies } from './signed-bodies.js';

const BEARER = /^Bearer +([^\s]{1,200})$/i;

type Places = Parameters<Reflector['getAllAndOverride']>[1];

@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    @Inject(KeyGate) private readonly gate: KeyGate,
    @Inject(SignedBodies) private readonly signatures: SignedBodies,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Request>();
    refuseKeyInQuery(request.originalUrl);
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC_KEY, places)) return true;
    const presented = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (presented === undefined) throw unauthenticated('Send Authorization: Bearer <API key>.');
    const shown = await this.gate.identify(presented, request.socket.remoteAddress ?? '');
    contextOf(request).caller = shown.caller;
    this.authorize(shown.caller, places);
    const rule = this.reflector.get<StreamedBodyRule | undefined>(
      STREAMED_KEY,
      context.getHandler(),
    );
    this.signatures.expect(request, shown, rule?.checksSignature ?? rule === undefined);
    return true;
  }

  private authorize({ role, scopes }: Caller, places: Places): void {
    const roles = this.reflector.getAllAndOverride<readonly Role[] | undefined>(ROLES_KEY, places);
    if (roles !== undefined && !roles.includes(role)) {
      throw new HttpProblem(403, 'FORBIDDEN_ROLE', `A key of role ${role} may not do this.`);
    }
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(SCOPE_KEY, places);
    if (scope !== undefined && !scopes.includes(scope)) {
      throw new HttpProblem(403, 'FORBIDDEN_SCOPE', `This needs a key with the scope ${scope}.`);
    }
  }
}
