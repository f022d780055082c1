/**
 * Rebuilds every projection in a scratch schema from the usage log and the event store, and
 * compares hashes.
 *
 * Shape       usage up to a fact's vector, then the fact, in the order of their append; then usage up
 *             to the stored offsets.
 * Invariant   the original is read in one snapshot and never written; nothing is told to anyone.
 * Source      ruling R2; invariant I6
 */
import { randomUUID } from 'node:crypto';
import { topicName, USAGE_PARTITIONS } from '@suanpan/messages';
import type { LoggedRecord } from '@suanpan/platform-kafka';
import {
  claimPartitions,
  createVault,
  loadAllEvents,
  openDatabase,
  platformMigrations,
  runMigrations,
} from '@suanpan/platform-postgres';
import type { Claim, Database, StoredEvent, Tx } from '@suanpan/platform-postgres';
import type { Kafka } from 'kafkajs';
import { GROUP, USAGE_TOPIC } from '../cuts/cut.js';
import { pricingMigrations } from '../migrations/index.js';
import { RatingPipeline } from '../rating/rating-pipeline.js';
import { APP_ROLE, PIPELINE_ROLE } from '../roles.js';
import type { PricingConfig } from '../running.js';
import { SERVICE } from '../running.js';
import { applyEvent, vectorOf } from './apply-event.js';
import type { ReplayTarget } from './apply-event.js';
import type { ReadRange } from './log-reader.js';
import { LogReader } from './log-reader.js';
import type { TableHash } from './projection-tables.js';
import { hashAll } from './projection-tables.js';

export interface ReplayOptions {
  readonly config: PricingConfig;
  readonly kafka: Kafka;
  /** Events rated in one transaction; any number must give the same hashes. */
  readonly batchMax?: number;
}

export interface ReplayedTable extends TableHash {
  readonly table: string;
  readonly replayedHash: string;
  readonly equal: boolean;
}

export interface Replayed {
  readonly service: string;
  readonly tables: readonly ReplayedTable[];
  /** What facts say about usage and replay did not find. */
  readonly differences: readonly string[];
  readonly equal: boolean;
}

const BATCH_MAX = 5_000;
/** Sealed bytes of a replay are thrown away with its schema. */
const STATEMENT_MS = 600_000;

interface Original {
  readonly vector: readonly bigint[];
  readonly events: readonly StoredEvent[];
  readonly hashes: ReadonlyMap<string, TableHash>;
}

const readVector = async (tx: Tx): Promise<readonly bigint[]> => {
  const rows = await tx.query<{ partition: number; next_offset: string }>(
    'select partition, next_offset from consumer_offset where group_id = $1 and topic = $2',
    [GROUP, USAGE_TOPIC],
  );
  const vector = Array.from({ length: USAGE_PARTITIONS }, () => 0n);
  for (const row of rows) vector[row.partition] = BigInt(row.next_offset);
  return vector;
};

const readOriginal = (db: Database): Promise<Original> =>
  db.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read');
    return {
      vector: await readVector(tx),
      events: await loadAllEvents(tx),
      hashes: await hashAll(tx),
    };
  });

const open = (url: string, schema: string): Promise<Database> =>
  openDatabase({
    url,
    schema,
    applicationName: `${SERVICE} replay`,
    poolMax: 2,
    statementTimeoutMs: STATEMENT_MS,
  });

const dropSchema = async (config: PricingConfig, schema: string): Promise<void> => {
  const owner = await open(config.migrationDatabaseUrl ?? config.databaseUrl, schema);
  await owner.transaction((tx) => tx.query(`drop schema if exists ${schema} cascade`));
  await owner.close();
};

const makeSchema = async (config: PricingConfig, schema: string): Promise<void> => {
  await dropSchema(config, schema);
  await runMigrations({
    url: config.migrationDatabaseUrl ?? config.databaseUrl,
    schema,
    appRole: APP_ROLE,
    pipelineRole: PIPELINE_ROLE,
    migrations: [...platformMigrations, ...pricingMigrations],
  });
};

interface Applying {
  readonly target: ReplayTarget;
  readonly claims: ReadonlyMap<number, Claim>;
  readonly batchMax: number;
}

const applyRange = async (
  { target, claims, batchMax }: Applying,
  { partition, records }: ReadRange,
): Promise<void> => {
  const claim = claims.get(partition);
  if (claim === undefined) return;
  for (let at = 0; at < records.length; at += batchMax) {
    const messages = records.slice(at, at + batchMax);
    const firstOffset = (messages[0] as LoggedRecord).offset;
    const lastOffset = (messages.at(-1) as LoggedRecord).offset;
    await target.pipeline.rate([
      { topic: USAGE_TOPIC, partition, claim, firstOffset, lastOffset, messages },
    ]);
  }
};

const claimAll = async (db: Database): Promise<ReadonlyMap<number, Claim>> => {
  const partitions = Array.from({ length: USAGE_PARTITIONS }, (_, partition) => partition);
  const claims = await claimPartitions(db, {
    group: GROUP,
    topic: USAGE_TOPIC,
    partitions,
    clusterId: 'replay',
  });
  return new Map(claims.map((claim) => [claim.partition, claim]));
};

/** Applies the log and the facts; gives what facts say and usage does not. */
const rebuild = async (
  original: Original,
  applying: Applying,
  { config, kafka }: ReplayOptions,
): Promise<readonly string[]> => {
  const reader = new LogReader(
    {
      kafka,
      topic: topicName(config.topicPrefix, USAGE_TOPIC),
      groupId: `${config.topicPrefix}${GROUP}-replay-${randomUUID()}`,
      apply: (range) => applyRange(applying, range),
    },
    USAGE_PARTITIONS,
  );
  const differences: string[] = [];
  try {
    for (const event of original.events) {
      const vector = vectorOf(event);
      if (vector !== undefined) await reader.advance(vector);
      const difference = await applyEvent(applying.target, event);
      if (difference !== undefined) differences.push(difference);
    }
    await reader.advance(original.vector);
  } finally {
    await reader.close();
  }
  return differences;
};

const compare = (
  original: ReadonlyMap<string, TableHash>,
  replayed: ReadonlyMap<string, TableHash>,
): readonly ReplayedTable[] =>
  [...original].map(([table, { rows, hash }]) => {
    const replayedHash = replayed.get(table)?.hash ?? '';
    return { table, rows, hash, replayedHash, equal: hash === replayedHash };
  });

const openTarget = async (config: PricingConfig, schema: string): Promise<ReplayTarget> => {
  const pipelineDb = await open(config.pipelineDatabaseUrl, schema);
  const { seal } = createVault(config.vaultKey);
  return {
    db: await open(config.databaseUrl, schema),
    pipelineDb,
    pipeline: new RatingPipeline({ db: pipelineDb, seal, announce: false }),
  };
};

/** Replays into a scratch schema, which is gone afterwards. */
export const replayPricing = async (options: ReplayOptions): Promise<Replayed> => {
  const { config, batchMax = BATCH_MAX } = options;
  const source = await open(config.pipelineDatabaseUrl, config.databaseSchema);
  const original = await readOriginal(source).finally(() => source.close());
  const scratch = `${config.databaseSchema}_replay`;
  await makeSchema(config, scratch);
  const target = await openTarget(config, scratch);
  try {
    const claims = await claimAll(target.pipelineDb);
    const differences = await rebuild(original, { target, claims, batchMax }, options);
    const replayed = await target.pipelineDb.transaction(hashAll);
    const tables = compare(original.hashes, replayed);
    const equal = differences.length === 0 && tables.every((table) => table.equal);
    return { service: SERVICE, tables, differences, equal };
  } finally {
    await target.db.close();
    await target.pipelineDb.close();
    await dropSchema(config, scratch);
  }
};
