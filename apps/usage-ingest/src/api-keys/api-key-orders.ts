/**
 * The shapes of orders for API keys.
 *
 * Invariant   scopes, contracts and signatures limit a centre's key; another role's key has none.
 * Source      issue 4 part 6
 */
import { isUnstorable, ROLES, SCOPES } from '@suanpan/platform-http';
import { z } from 'zod';
import { partyId } from '../party-id.js';

const SOURCES_MAX = 100;
const CONTRACTS_MAX = 1_000;
const TEXT_CHARACTERS_MAX = 256;
const OVERLAP_SECONDS_MAX = 2_592_000;

const text = z
  .string()
  .min(1)
  .max(TEXT_CHARACTERS_MAX)
  .refine((value) => !isUnstorable(value), 'The text cannot be stored.');
const instant = z.iso
  .datetime({ offset: true })
  .refine((value) => value.startsWith('2'), 'The end of a key lies in this millennium.');

export const keyOrder = z
  .strictObject({
    role: z.enum(ROLES),
    party: partyId.nullable().default(null),
    sources: z.array(text).max(SOURCES_MAX).default([]),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).nullable().default(null),
    contracts: z.array(text).min(1).max(CONTRACTS_MAX).nullable().default(null),
    expiresAt: instant.nullable().default(null),
    signs: z.boolean().default(false),
  })
  .refine(({ role, party }) => (role === 'operator') === (party === null), {
    path: ['party'],
    message: 'An operator’s key has no party, every other key has one.',
  })
  .refine(({ role, sources }) => (role === 'centre') === sources.length > 0, {
    path: ['sources'],
    message: 'A centre’s key names its sources, every other key has none.',
  })
  .refine(({ role, scopes }) => role === 'centre' || scopes === null, {
    path: ['scopes'],
    message: 'Only a centre’s key has scopes of its own.',
  })
  .refine(({ role, contracts }) => role === 'centre' || contracts === null, {
    path: ['contracts'],
    message: 'Only a centre’s key is bound to contracts.',
  })
  .refine(({ role, signs }) => role === 'centre' || !signs, {
    path: ['signs'],
    message: 'Only a centre’s key signs.',
  })
  .meta({ id: 'ApiKeyOrder' });
export type KeyOrderBody = z.infer<typeof keyOrder>;

export const rotation = z
  .strictObject({
    /** How long the old key still works; 0 ends it at once. */
    overlapSeconds: z.int().min(0).max(OVERLAP_SECONDS_MAX),
  })
  .meta({ id: 'ApiKeyRotation' });
export type RotationBody = z.infer<typeof rotation>;

export const keyPrefix = z.string().regex(/^[a-z2-7]{10}$/, 'A key’s prefix is 10 of a-z and 2-7.');
