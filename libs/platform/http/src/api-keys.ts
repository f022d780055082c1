/**
 * API keys: shown once, stored as a hash, looked up by their public prefix.
 *
 * Shape       `sp_<prefix>_<secret>`; the secret is 256 random bits.
 * Invariant   a dump of the table holds no usable key; a revoked key stops within a second.
 * Rejections  API_KEY_EXISTS; an unknown, wrong or revoked key gives no caller
 * Source      reliability rows S14, S15, S16
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Rejection } from '@suanpan/event-sourcing';
import { requireIdentifier } from '@suanpan/platform-postgres';
import type { Database, Tx } from '@suanpan/platform-postgres';
import type { Caller, Role } from './caller.js';

export const ACCESS_SCHEMA = 'access';
const CACHE_MS = 500;
const CACHE_ENTRIES_MAX = 10_000;
const PREFIX_CHARACTERS = 10;
const SECRET_BYTES = 32;
const KEY_SHAPE = /^sp_([a-z2-7]{10})_([A-Za-z0-9_-]{43})$/;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

export interface KeyOrder {
  readonly tenant: string;
  readonly party: string | null;
  readonly role: Role;
  readonly sources: readonly string[];
  /** The command's Idempotency-Key: run twice, the command makes one key. Absent: a key of its own. */
  readonly command?: string;
}

export interface IssuedKey {
  readonly prefix: string;
  /** The whole key; it can never be shown again. */
  readonly apiKey: string;
}

interface KeyRow {
  readonly prefix: string;
  readonly hash: Buffer;
  readonly tenant: string;
  readonly party: string | null;
  readonly role: Role;
  readonly sources: readonly string[];
  readonly revoked: boolean;
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const prefixOf = ({ tenant, command }: KeyOrder): string => {
  const named = command === undefined ? null : JSON.stringify(['api-key', tenant, command]);
  const bytes = named === null ? randomBytes(PREFIX_CHARACTERS) : hashOf(named);
  return [...bytes.subarray(0, PREFIX_CHARACTERS)].map((byte) => BASE32[byte & 31]).join('');
};

/** Again, when nobody was told the secret: the key gets another one. */
const insertSql = (schema: string): string => `
insert into ${requireIdentifier(schema)}.api_key as k (prefix, hash, tenant, party, role, sources)
values ($1, $2, $3, $4, $5, $6)
on conflict (prefix) do update set hash = excluded.hash
where k.revoked_at is null and k.party is not distinct from excluded.party
  and k.role = excluded.role and k.sources = excluded.sources
returning prefix`;

/**
 * Makes a key in the transaction given. The table is in the access schema, which every service
 * shares; row security lets a transaction write only the keys of its tenant.
 */
export const issueApiKey = async (
  tx: Tx,
  order: KeyOrder,
  schema: string = ACCESS_SCHEMA,
): Promise<IssuedKey> => {
  const prefix = prefixOf(order);
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const { tenant, party, role, sources } = order;
  const rows = await tx.query(insertSql(schema), [
    ...[prefix, hashOf(secret), tenant, party, role],
    [...sources],
  ]);
  if (rows.length === 0) throw new Rejection('API_KEY_EXISTS', 'This command made another key.');
  return { prefix, apiKey: `sp_${prefix}_${secret}` };
};

/** Revokes a key of the transaction's tenant; false when there is none. */
export const revokeApiKey = async (
  tx: Tx,
  prefix: string,
  schema: string = ACCESS_SCHEMA,
): Promise<boolean> => {
  const rows = await tx.query(
    `update ${requireIdentifier(schema)}.api_key
     set revoked_at = coalesce(revoked_at, clock_timestamp()) where prefix = $1 returning prefix`,
    [prefix],
  );
  return rows.length > 0;
};

/** Finds the caller of a presented key. */
export class ApiKeys {
  readonly #db: Database;
  readonly #find: string;
  readonly #cache = new Map<
    string,
    { readonly at: number; readonly row: Promise<KeyRow | null> }
  >();
  /** Compared when there is no such prefix, so that both answers take as long. */
  readonly #noHash = randomBytes(32);

  constructor(db: Database, schema: string = ACCESS_SCHEMA) {
    this.#db = db;
    this.#find = `select * from ${requireIdentifier(schema)}.find_api_key($1)`;
  }

  /** The caller, or null when the key is malformed, unknown, wrong or revoked. */
  async callerOf(presented: string): Promise<Caller | null> {
    const [, prefix, secret] = KEY_SHAPE.exec(presented) ?? [];
    if (prefix === undefined || secret === undefined) return null;
    const row = await this.#row(prefix);
    const equal = timingSafeEqual(hashOf(secret), row?.hash ?? this.#noHash);
    if (!equal || row === null || row.revoked) return null;
    const { tenant, party, role, sources } = row;
    return { tenant, party, role, keyId: prefix, sources };
  }

  /** Whether a key that was presented before is still to be taken, as of a second ago. */
  async isValid(prefix: string): Promise<boolean> {
    const row = await this.#row(prefix);
    return row !== null && !row.revoked;
  }

  #row(prefix: string): Promise<KeyRow | null> {
    const now = performance.now();
    const known = this.#cache.get(prefix);
    if (known !== undefined && now - known.at < CACHE_MS) return known.row;
    if (this.#cache.size >= CACHE_ENTRIES_MAX) this.#cache.clear();
    const row = this.#load(prefix);
    this.#cache.set(prefix, { at: now, row });
    row.catch(() => this.#cache.delete(prefix));
    return row;
  }

  async #load(prefix: string): Promise<KeyRow | null> {
    const rows = await this.#db.transaction((tx) => tx.query<KeyRow>(this.#find, [prefix]));
    return rows[0] ?? null;
  }
}
