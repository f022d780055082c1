/**
 * Rebuilds every projection from the events in a scratch schema and compares it with the living one.
 *
 * Shape       per tenant the events in the order of their append, through the same code as when
 *             they happened; then one hash a table over all columns of all rows.
 * Invariant   equal hashes, the journal's chain included (I6, R2). The scratch schema is dropped.
 * Source      docs/architecture.md 2; design ruling R2
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Database, Tx } from '@suanpan/platform-postgres';
import {
  loadAllEvents,
  openDatabase,
  requireIdentifier,
  runMigrations,
} from '@suanpan/platform-postgres';
import { settlementMigrations } from '../migrations/index.js';
import { projectEvent } from '../projection.js';
import type { Environment } from '../running.js';
import { SERVICE, readConfig } from '../running.js';

/** What is a function of the events; `waiting` is not: it is what has no event yet. */
const TABLES = [
  ...['legal_entity', 'counterparty', 'fx_rate', 'receivable', 'payable', 'payable_invoice'],
  ...['receipt', 'receipt_match', 'settlement', 'settlement_leg', 'settlement_item'],
  ...['bank_line', 'bank_line_document', 'journal_entry', 'journal_line', 'chain_head'],
] as const;

const APP_ROLE = 'settlement_app';

export interface ReplayedTable {
  readonly table: string;
  readonly rows: number;
  readonly hash: string;
  readonly replayedHash: string;
  readonly equal: boolean;
}

export interface Replayed {
  readonly service: string;
  readonly tables: readonly ReplayedTable[];
  readonly equal: boolean;
}

const tenantsOf = async (db: Database): Promise<readonly string[]> => {
  const rows = await db.inPlatform((tx) =>
    tx.query<{ tenant: string }>(
      `select distinct tenant, tenant collate "C" as t from event_store order by t`,
    ),
  );
  return rows.map(({ tenant }) => tenant);
};

const project = async (live: Database, scratch: Database, tenant: string): Promise<void> => {
  const events = await live.inTenant({ tenant }, (tx) => loadAllEvents(tx));
  await scratch.inTenant({ tenant }, async (tx) => {
    for (const event of events) await projectEvent(tx, event);
  });
};

const hashTable = async (tx: Tx, table: string): Promise<{ rows: number; hash: string }> => {
  const [row] = await tx.query<{ rows: string; hash: string }>(
    `select count(*) as rows, encode(sha256(convert_to(coalesce(string_agg(t::text, E'\\n'
       order by t::text collate "C"), ''), 'UTF8')), 'hex') as hash
     from ${requireIdentifier(table)} t`,
  );
  return { rows: Number(row?.rows ?? 0), hash: row?.hash ?? '' };
};

/** Of all tenants together. */
const hashAll = async (db: Database, tenants: readonly string[], table: string) => {
  const hash = createHash('sha256');
  let rows = 0;
  for (const tenant of tenants) {
    const own = await db.inTenant({ tenant }, (tx) => hashTable(tx, table));
    rows += own.rows;
    hash.update(own.hash);
  }
  return { rows, hash: hash.digest('hex') };
};

const compare = async (live: Database, scratch: Database): Promise<readonly ReplayedTable[]> => {
  const tenants = await tenantsOf(live);
  for (const tenant of tenants) await project(live, scratch, tenant);
  const tables: ReplayedTable[] = [];
  for (const table of TABLES) {
    const { rows, hash } = await hashAll(live, tenants, table);
    const { hash: replayedHash } = await hashAll(scratch, tenants, table);
    tables.push({ table, rows, hash, replayedHash, equal: hash === replayedHash });
  }
  return tables;
};

const withScratch = async <T>(
  url: string,
  live: Database,
  work: (scratch: Database) => Promise<T>,
): Promise<T> => {
  const schema = requireIdentifier(`replay_${randomBytes(5).toString('hex')}`);
  await runMigrations({ url, schema, appRole: APP_ROLE, migrations: settlementMigrations });
  try {
    const scratch = await openDatabase({ url, schema, applicationName: `${SERVICE} replay` });
    return await work(scratch).finally(() => scratch.close());
  } finally {
    await live.transaction((tx) => tx.query(`drop schema ${schema} cascade`));
  }
};

/** Replays the service's events; the living schema is only read. */
export const replaySettlement = async (env: Environment): Promise<Replayed> => {
  const { databaseUrl, migrationDatabaseUrl, databaseSchema: schema } = readConfig(env);
  const url = migrationDatabaseUrl ?? databaseUrl;
  const live = await openDatabase({ url, schema, applicationName: `${SERVICE} replay` });
  try {
    const tables = await withScratch(url, live, (scratch) => compare(live, scratch));
    return { service: SERVICE, tables, equal: tables.every(({ equal }) => equal) };
  } finally {
    await live.close();
  }
};
