/**
 * What an operator does to API keys: issue, rotate, revoke, list. Each is one transaction of the
 * tenant's, and is written to the log of keys.
 *
 * Shape       `sp_<prefix>_<secret>`; the secret is 256 random bits and stored as its hash. A key
 *             that signs has a second secret, `whsec_…`, stored sealed.
 * Invariant   a dump of the tables holds no usable key; a rotated key is dead when its overlap ends,
 *             and a command that runs twice makes one key and does not lengthen the overlap.
 * Rejections  API_KEY_EXISTS, API_KEY_ENDED, API_KEY_ROTATED
 * Source      reliability rows S14, S15; issue 4 part 6
 */
import { createHash, randomBytes } from 'node:crypto';
import { Rejection } from '@suanpan/event-sourcing';
import { requireIdentifier } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import type { AnswerSeal } from './answer-seal.js';
import type { Role } from './caller.js';
import { signingSecretOf } from './signature.js';

export const ACCESS_SCHEMA = 'access';
const PREFIX_CHARACTERS = 10;
const SECRET_BYTES = 32;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

export interface KeyOrder {
  readonly tenant: string;
  readonly party: string | null;
  readonly role: Role;
  readonly sources: readonly string[];
  /** Null or absent: those of the role. */
  readonly scopes?: readonly string[] | null;
  /** The contracts that the key may name; null or absent: any. */
  readonly contracts?: readonly string[] | null;
  /** RFC 3339; null or absent: for ever. */
  readonly expiresAt?: string | null;
  /** With it the key must sign what it sends; the seal keeps its secret. */
  readonly signingSeal?: AnswerSeal | null;
  /** The command's Idempotency-Key: run twice, the command makes one key. Absent: a key of its own. */
  readonly command?: string;
  /** The prefix of the key that ordered it. */
  readonly by?: string | null;
}

export interface IssuedKey {
  readonly prefix: string;
  /** The whole key; it can never be shown again. */
  readonly apiKey: string;
  /** `whsec_…`, for a key that must sign; it can never be shown again either. */
  readonly signingSecret?: string;
}

export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const prefixOf = ({ tenant, command }: Pick<KeyOrder, 'command' | 'tenant'>): string => {
  const named = command === undefined ? null : JSON.stringify(['api-key', tenant, command]);
  const bytes = named === null ? randomBytes(PREFIX_CHARACTERS) : hashOf(named);
  return [...bytes.subarray(0, PREFIX_CHARACTERS)].map((byte) => BASE32[byte & 31]).join('');
};

/** Again, when nobody was told the secret: the key gets another one. */
const insertSql = (schema: string): string => `
insert into ${schema}.api_key as k
  (prefix, hash, tenant, party, role, sources, scopes, contracts, expires_at, signing_secret)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (prefix) do update
set hash = excluded.hash, signing_secret = excluded.signing_secret
where k.revoked_at is null and k.party is not distinct from excluded.party
  and k.role = excluded.role and k.sources = excluded.sources
  and k.scopes is not distinct from excluded.scopes
  and k.contracts is not distinct from excluded.contracts
  and (k.signing_secret is null) = (excluded.signing_secret is null)
returning prefix`;

interface Deed {
  readonly tenant: string;
  readonly prefix: string;
  readonly what: 'issued' | 'revoked' | 'rotated';
  readonly by: string | null | undefined;
  readonly detail?: string;
}

const note = (tx: Tx, schema: string, deed: Deed): Promise<unknown> =>
  tx.query(
    `insert into ${schema}.api_key_log (tenant, prefix, what, by_key, detail)
     values ($1, $2, $3, $4, $5)`,
    [deed.tenant, deed.prefix, deed.what, deed.by ?? null, deed.detail ?? ''],
  );

const listOrNull = (list: readonly string[] | null | undefined): string[] | null =>
  list === null || list === undefined ? null : [...list];

/**
 * Makes a key in the transaction given. The table is in the access schema, which every service
 * shares; row security lets a transaction write only the keys of its tenant.
 */
export const issueApiKey = async (
  tx: Tx,
  order: KeyOrder,
  schema: string = ACCESS_SCHEMA,
): Promise<IssuedKey> => {
  const where = requireIdentifier(schema);
  const prefix = prefixOf(order);
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const { tenant, party, role, sources, scopes, contracts, expiresAt, signingSeal, by } = order;
  const signs = signingSeal !== null && signingSeal !== undefined;
  const signingSecret = signs ? signingSecretOf(randomBytes(SECRET_BYTES)) : null;
  const rows = await tx.query(insertSql(where), [
    ...[prefix, hashOf(secret), tenant, party, role, [...sources]],
    ...[listOrNull(scopes), listOrNull(contracts), expiresAt ?? null],
    signingSecret === null ? null : signingSeal?.seal(signingSecret),
  ]);
  if (rows.length === 0) throw new Rejection('API_KEY_EXISTS', 'This command made another key.');
  await note(tx, where, { tenant, prefix, what: 'issued', by });
  const apiKey = `sp_${prefix}_${secret}`;
  return signingSecret === null ? { prefix, apiKey } : { prefix, apiKey, signingSecret };
};

export interface RotateOrder {
  readonly tenant: string;
  readonly prefix: string;
  /** How long the old key still works beside the new one. */
  readonly overlapSeconds: number;
  readonly signingSeal: AnswerSeal;
  readonly command: string;
  readonly by: string | null;
}

export interface RotatedKey extends IssuedKey {
  readonly replaces: string;
  /** When the old key ends, RFC 3339. */
  readonly replacedUntil: string;
}

interface OldKey {
  readonly party: string | null;
  readonly role: Role;
  readonly sources: readonly string[];
  readonly scopes: readonly string[] | null;
  readonly contracts: readonly string[] | null;
  readonly expires_at: string | null;
  readonly signs: boolean;
  readonly ended: boolean;
  readonly rotated_to: string | null;
}

const OLD_KEY = `select party, role, sources, scopes, contracts, expires_at,
  signing_secret is not null as signs, rotated_to,
  revoked_at is not null or coalesce(expires_at <= clock_timestamp(), false) as ended`;

/** The end of the old key moves once: when the command runs again it stands as it was. */
const END_OLD = `set rotated_to = $2, expires_at = case when rotated_to is null
  then least(expires_at, clock_timestamp() + make_interval(secs => $3)) else expires_at end
where prefix = $1
returning to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as until`;

const checkOld = (old: OldKey, next: string): void => {
  const again = old.rotated_to === next;
  if (!again && old.rotated_to !== null) {
    throw new Rejection('API_KEY_ROTATED', `The key was replaced by ${old.rotated_to}.`);
  }
  if (!again && old.ended) throw new Rejection('API_KEY_ENDED', 'The key is revoked or expired.');
};

/** Gives a key a successor of the same rights; null when the tenant has no such key. */
export const rotateApiKey = async (
  tx: Tx,
  order: RotateOrder,
  schema: string = ACCESS_SCHEMA,
): Promise<RotatedKey | null> => {
  const where = requireIdentifier(schema);
  const { tenant, prefix, overlapSeconds, by } = order;
  const sql = `${OLD_KEY} from ${where}.api_key where prefix = $1 for update`;
  const [old] = await tx.query<OldKey>(sql, [prefix]);
  if (old === undefined) return null;
  const command = `rotate ${prefix} ${order.command}`;
  const next = prefixOf({ tenant, command });
  checkOld(old, next);
  const { party, role, sources, scopes, contracts } = old;
  // What an earlier run of this command has cut short is not the successor's end.
  const expiresAt = old.rotated_to === null ? old.expires_at : null;
  const issued = await issueApiKey(
    tx,
    {
      ...{ tenant, party, role, sources, scopes, contracts, expiresAt, command, by },
      signingSeal: old.signs ? order.signingSeal : null,
    },
    schema,
  );
  const [ended] = await tx.query<{ until: string }>(`update ${where}.api_key ${END_OLD}`, [
    ...[prefix, issued.prefix, overlapSeconds],
  ]);
  const replacedUntil = ended?.until ?? '';
  const detail = `replaced by ${issued.prefix}, valid until ${replacedUntil}`;
  await note(tx, where, { tenant, prefix, what: 'rotated', by, detail });
  return { ...issued, replaces: prefix, replacedUntil };
};

export interface RevokeOrder {
  readonly prefix: string;
  readonly by?: string | null;
}

/** Revokes a key of the transaction's tenant; false when there is none. */
export const revokeApiKey = async (
  tx: Tx,
  { prefix, by }: RevokeOrder,
  schema: string = ACCESS_SCHEMA,
): Promise<boolean> => {
  const where = requireIdentifier(schema);
  const rows = await tx.query<{ tenant: string; fresh: boolean }>(
    `with before as (select tenant, revoked_at from ${where}.api_key where prefix = $1 for update)
     update ${where}.api_key k set revoked_at = coalesce(k.revoked_at, clock_timestamp())
     from before where k.prefix = $1
     returning k.tenant, before.revoked_at is null as fresh`,
    [prefix],
  );
  const [row] = rows;
  if (row?.fresh === true) {
    await note(tx, where, { tenant: row.tenant, prefix, what: 'revoked', by });
  }
  return row !== undefined;
};
