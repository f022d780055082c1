/**
 * Rebuilds every projection of profit-share in a scratch schema and compares it with the living one.
 *
 * Shape       input: the topics up to the stored offsets, and the service's own event store (R2).
 * Invariant   equal hashes of all rows (I6). The living schema is only read, the scratch dropped.
 * Source      docs/architecture.md 2; design ruling R2
 */
import { randomBytes } from 'node:crypto';
import { createKafka } from '@suanpan/platform-kafka';
import { enterTenant, openDatabase, runMigrations } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import pg from 'pg';
import { profitShareMigrations } from '../migrations/index.js';
import { APP_ROLE, SERVICE, readConfig } from '../running.js';
import type { Environment } from '../running.js';
import { applyEvent } from './apply-event.js';
import { applyRecord } from './apply-record.js';
import { readLiveState } from './live-state.js';
import type { LiveState } from './live-state.js';
import { PROJECTIONS, hashTable } from './projection-tables.js';
import { readTopics } from './read-topics.js';

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

interface Place {
  readonly env: Environment;
  readonly scratch: Database;
  readonly state: LiveState;
}

const replayTopics = ({ env, scratch, state }: Place, groupId: string): Promise<void> =>
  readTopics({
    kafka: createKafka(env, { clientId: `${SERVICE}-replay` }),
    prefix: readConfig(env).topicPrefix,
    groupId,
    ends: state.ends,
    apply: (records) =>
      scratch.inPlatform(async (tx) => {
        for (const record of records) {
          const place = `${record.topic}/${record.partition}/${record.offset}`;
          await applyRecord(tx, record, state.setAside.has(place));
        }
      }),
  });

/** Numbers are given in the order of the statements: the last one is where a series stands. */
const SERIES = `
insert into statement_series (tenant, series, last_sequence)
select tenant, series, max(sequence) from statement group by tenant, series`;

const replayEvents = async ({ scratch, state }: Place): Promise<void> => {
  for (const event of state.events) await scratch.inPlatform((tx) => applyEvent(tx, event));
  for (const tenant of state.tenants) {
    await scratch.inTenant({ tenant }, (tx) => tx.query(SERIES));
  }
};

const compare = ({ scratch, state }: Place): Promise<readonly ReplayedTable[]> =>
  scratch.transaction(async (tx) => {
    await enterTenant(tx, { tenant: '' });
    const tables: ReplayedTable[] = [];
    for (const projection of PROJECTIONS) {
      const { table } = projection;
      const { rows = 0, hash = '' } = state.hashes.get(table) ?? {};
      const { hash: replayedHash } = await hashTable(tx, projection, state.tenants);
      tables.push({ table, rows, hash, replayedHash, equal: hash === replayedHash });
    }
    return tables;
  });

const dropSchema = async (url: string, schema: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`drop schema if exists ${schema} cascade`);
  } finally {
    await client.end();
  }
};

const inScratch = async <T>(env: Environment, work: (scratch: Database) => Promise<T>) => {
  const { databaseUrl, migrationDatabaseUrl } = readConfig(env);
  const owner = migrationDatabaseUrl ?? databaseUrl;
  const schema = `replay_${randomBytes(6).toString('hex')}`;
  const migrations = profitShareMigrations;
  try {
    await runMigrations({ url: owner, schema, appRole: APP_ROLE, migrations });
    const scratch = await openDatabase({
      url: databaseUrl,
      schema,
      applicationName: `${SERVICE} replay`,
    });
    return await work(scratch).finally(() => scratch.close());
  } finally {
    await dropSchema(owner, schema);
  }
};

const readLive = async (env: Environment): Promise<LiveState> => {
  const { databaseUrl: url, databaseSchema: schema } = readConfig(env);
  const live = await openDatabase({ url, schema, applicationName: `${SERVICE} replay` });
  return readLiveState(live).finally(() => live.close());
};

/** Replays topics and events; says table by table whether the result is the same. */
export const replayProfitShare = async (env: Environment): Promise<Replayed> => {
  const state = await readLive(env);
  const group = `${readConfig(env).topicPrefix}${SERVICE}-replay-${randomBytes(6).toString('hex')}`;
  const tables = await inScratch(env, async (scratch) => {
    const place = { env, scratch, state };
    await replayTopics(place, group);
    await replayEvents(place);
    return compare(place);
  });
  return { service: SERVICE, tables, equal: tables.every(({ equal }) => equal) };
};
