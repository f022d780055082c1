/**
 * What a key may do beside what its role may: small permissions that an operator gives out.
 *
 * Invariant   a key without scopes of its own has those of its role, so that keys of before go on.
 *             Nothing old is let in by default: `backfill` is given by name.
 * Rejections  FORBIDDEN_SCOPE 403
 * Source      issue 4 part 6; reliability rows S05, S15
 */
import { SetMetadata } from '@nestjs/common';
import type { Role } from './caller.js';

export const SCOPES = [
  'events:write',
  'events:read',
  'refused:read',
  'imports:write',
  'manifests:write',
  'backfill',
] as const;
export type Scope = (typeof SCOPES)[number];

const BY_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  operator: SCOPES,
  centre: SCOPES.filter((scope) => scope !== 'backfill'),
  partner: ['events:read'],
  buyer: ['events:read'],
};

const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);

/** The scopes of a key as it is stored; one that this version does not know gives nothing. */
export const scopesOf = (role: Role, stored: readonly string[] | null): readonly Scope[] =>
  stored === null ? BY_ROLE[role] : stored.filter(isScope);

export const SCOPE_KEY = 'suanpan:scope';

/** Only keys with this scope may call the route or the controller; every other gets 403. */
export const Scoped = (scope: Scope) => SetMetadata(SCOPE_KEY, scope);
