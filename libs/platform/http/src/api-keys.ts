/**
 * Finds the caller of a presented key, by its public prefix.
 *
 * Invariant   a key that was revoked, or whose time has come, stops within a second in every
 *             process; both answers of a comparison take as long.
 * Rejections  none; an unknown, wrong, ended or revoked key gives no caller
 * Source      reliability rows S14, S15, S16
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { requireIdentifier } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { ACCESS_SCHEMA, hashOf } from './api-key-store.js';
import type { Caller, Role } from './caller.js';
import { scopesOf } from './scopes.js';

const CACHE_MS = 500;
const CACHE_ENTRIES_MAX = 10_000;
const KNOWN_MS = 3_600_000;
const MS_PER_SECOND = 1_000;
const KEY_SHAPE = /^sp_([a-z2-7]{10})_([A-Za-z0-9_-]{43})$/;

interface KeyRow {
  readonly prefix: string;
  readonly hash: Buffer;
  readonly tenant: string;
  readonly party: string | null;
  readonly role: Role;
  readonly sources: readonly string[];
  readonly revoked: boolean;
  readonly scopes: readonly string[] | null;
  readonly contracts: readonly string[] | null;
  readonly ends_in_seconds: number | null;
  readonly signing_secret: string | null;
  readonly use_is_old: boolean;
}

interface Cached {
  readonly at: number;
  readonly row: Promise<KeyRow | null>;
}

/** Who showed a key, and the sealed secret with which it must sign. */
export interface Shown {
  readonly caller: Caller;
  readonly signingSecret: string | null;
}

const isLive = (row: KeyRow | null, { at }: Cached): row is KeyRow => {
  if (row === null || row.revoked) return false;
  const { ends_in_seconds: endsIn } = row;
  return endsIn === null || performance.now() - at < endsIn * MS_PER_SECOND;
};

const toShown = (row: KeyRow): Shown => {
  const { prefix, tenant, party, role, sources, contracts } = row;
  const scopes = scopesOf(role, row.scopes);
  return {
    caller: { tenant, party, role, keyId: prefix, sources, scopes, contracts },
    signingSecret: row.signing_secret,
  };
};

export class ApiKeys {
  readonly #db: Database;
  readonly #find: string;
  readonly #touch: string;
  readonly #cache = new Map<string, Cached>();
  /** The keys that were right, by prefix. */
  readonly #known = new Map<string, { readonly at: number; readonly hash: Buffer }>();
  /** Compared when there is no such prefix, so that both answers take as long. */
  readonly #noHash = randomBytes(32);

  constructor(db: Database, schema: string = ACCESS_SCHEMA) {
    const where = requireIdentifier(schema);
    this.#db = db;
    this.#find = `select * from ${where}.find_api_key($1)`;
    this.#touch = `select ${where}.touch_api_key($1)`;
  }

  /** The caller, or null when the key is malformed, unknown, wrong, ended or revoked. */
  async callerOf(presented: string): Promise<Caller | null> {
    return (await this.shown(presented))?.caller ?? null;
  }

  async shown(presented: string): Promise<Shown | null> {
    const [, prefix, secret] = KEY_SHAPE.exec(presented) ?? [];
    if (prefix === undefined || secret === undefined) return null;
    const cached = this.#cached(prefix);
    const row = await cached.row;
    const equal = timingSafeEqual(hashOf(secret), row?.hash ?? this.#noHash);
    if (!equal || !isLive(row, cached)) return null;
    this.#note(row);
    return toShown(row);
  }

  /** Whether this process has taken the very key within the hour. */
  isKnown(presented: string): boolean {
    const [, prefix = '', secret = ''] = KEY_SHAPE.exec(presented) ?? [];
    const known = this.#known.get(prefix);
    if (known === undefined || performance.now() - known.at > KNOWN_MS) return false;
    return timingSafeEqual(hashOf(secret), known.hash);
  }

  /** Whether a key that was presented before is still to be taken, as of a second ago. */
  async isValid(prefix: string): Promise<boolean> {
    const cached = this.#cached(prefix);
    return isLive(await cached.row, cached);
  }

  #cached(prefix: string): Cached {
    const now = performance.now();
    const known = this.#cache.get(prefix);
    if (known !== undefined && now - known.at < CACHE_MS) return known;
    if (this.#cache.size >= CACHE_ENTRIES_MAX) this.#cache.clear();
    const cached = { at: now, row: this.#load(prefix) };
    this.#cache.set(prefix, cached);
    cached.row.catch(() => this.#cache.delete(prefix));
    return cached;
  }

  async #load(prefix: string): Promise<KeyRow | null> {
    const rows = await this.#db.transaction((tx) => tx.query<KeyRow>(this.#find, [prefix]));
    return rows[0] ?? null;
  }

  #note(row: KeyRow): void {
    const { prefix } = row;
    const before = this.#known.get(prefix)?.at ?? Number.NEGATIVE_INFINITY;
    const now = performance.now();
    if (now - before < CACHE_MS) return;
    if (this.#known.size >= CACHE_ENTRIES_MAX) this.#known.clear();
    this.#known.set(prefix, { at: now, hash: row.hash });
    // To be refused for a note of the last use would be worse than to lose it.
    if (row.use_is_old) {
      this.#db.transaction((tx) => tx.query(this.#touch, [prefix])).catch(() => undefined);
    }
  }
}
