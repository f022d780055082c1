/**
 * The keys of a tenant as they may be shown: never a secret, never its hash.
 *
 * Source      issue 4 part 6; reliability row S14
 */
import { requireIdentifier } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { ACCESS_SCHEMA } from './api-key-store.js';
import type { Role } from './caller.js';
import { scopesOf } from './scopes.js';
import type { Scope } from './scopes.js';

export interface ListedKey {
  readonly prefix: string;
  readonly role: Role;
  readonly party: string | null;
  readonly sources: readonly string[];
  readonly scopes: readonly Scope[];
  readonly contracts: readonly string[] | null;
  readonly signs: boolean;
  readonly createdAt: string;
  /** To the hour; null when it was never used. */
  readonly lastUsedAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly rotatedTo: string | null;
}

interface ListedRow extends Omit<ListedKey, 'scopes'> {
  readonly scopes: readonly string[] | null;
}

const instant = (column: string, name: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "${name}"`;

const LIST = `select prefix, role, party, sources, scopes, contracts,
  signing_secret is not null as signs, rotated_to as "rotatedTo",
  ${instant('created_at', 'createdAt')}, ${instant('last_used_at', 'lastUsedAt')},
  ${instant('expires_at', 'expiresAt')}, ${instant('revoked_at', 'revokedAt')}`;

/** `limit` keys of the transaction's tenant, after a prefix. */
export const listApiKeys = async (
  tx: Tx,
  page: { readonly after: string; readonly limit: number },
  schema: string = ACCESS_SCHEMA,
): Promise<readonly ListedKey[]> => {
  const rows = await tx.query<ListedRow>(
    `${LIST} from ${requireIdentifier(schema)}.api_key
     where prefix > $1 order by prefix limit $2`,
    [page.after, page.limit],
  );
  return rows.map((row) => ({ ...row, scopes: scopesOf(row.role, row.scopes) }));
};
