/** What a centre may send now: by the keys that it holds, and into its own topic. */
import { Inject, Injectable } from '@nestjs/common';
import { requireIdentifier } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { DATABASE, SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';

export interface KeyRights {
  readonly sources: readonly string[];
  /** Null: any. */
  readonly contracts: readonly string[] | null;
  readonly mayBackfill: boolean;
}

/** Keys that let the same through are one. */
const KEYS_MAX = 100;

const rightsSql = (schema: string): string => `
select distinct sources, contracts, coalesce('backfill' = any(scopes), false) as "mayBackfill"
from ${schema}.api_key
where party = $1 and role = 'centre' and revoked_at is null
  and (expires_at is null or expires_at > clock_timestamp())
  and (scopes is null or 'events:write' = any(scopes))
union
select sources, contracts, may_backfill from submitted_topic where centre = $1
limit ${KEYS_MAX}`;

@Injectable()
export class CentreKeys {
  private readonly sql: string;

  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(SETTINGS) { accessSchema }: IngestSettings,
  ) {
    this.sql = rightsSql(requireIdentifier(accessSchema));
  }

  of(tenant: string, centre: string): Promise<readonly KeyRights[]> {
    return this.db.inTenant({ tenant }, (tx) => tx.query<KeyRights>(this.sql, [centre]));
  }
}
