/**
 * A corner of the real stack for one suite: a schema, topics and roles of its own.
 *
 * Shape       joins the stack of SUANPAN_HOME, which the test run starts and ends (test/int).
 * Invariant   two suites never meet: schema and topic prefix are unique, and gone after `dispose`.
 * Source      design ruling R25
 */
import { randomBytes } from 'node:crypto';
import { attachStack, ensureTopics, serviceEnvironment } from '@suanpan/local-stack';
import type { ServiceName, Stack } from '@suanpan/local-stack';
import { topicName, topics } from '@suanpan/messages';
import type { TopicSpec } from '@suanpan/messages';
import { createAdmin, createKafka } from '@suanpan/platform-kafka';
import { openDatabase, platformMigrations, runMigrations } from '@suanpan/platform-postgres';
import type { Database, MigrationClass } from '@suanpan/platform-postgres';
import type { Kafka } from 'kafkajs';
import pg from 'pg';

export interface TestStackOptions {
  /** Whose roles own and use the schema; pricing when not given. */
  readonly service?: ServiceName;
  /** The app's own migrations; the platform's come first by themselves. */
  readonly migrations?: readonly MigrationClass[];
  /** Names of the topics that the suite needs, without a prefix; `'all'` for every one. */
  readonly topics?: readonly string[] | 'all';
}

export interface TestStack {
  /** As the service's app role. */
  readonly db: Database;
  /** As the pipeline role (pricing's), in the same schema. */
  readonly pipelineDb: Database;
  readonly kafka: Kafka;
  readonly prefix: string;
  readonly schema: string;
  readonly redisUrl: string;
  readonly vaultKey: string;
  /** The environment of a process of the service that works in this corner. */
  readonly env: Readonly<Record<string, string>>;
  readonly urls: {
    readonly app: string;
    readonly owner: string;
    readonly pipeline: string;
    readonly superuser: string;
  };
  /** Runs SQL as the superuser in the suite's schema, for planting and peeking. */
  asSuperuser<R>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** Another database handle in the suite's schema, closed by `dispose`. */
  open(url: string, poolMax?: number): Promise<Database>;
  dispose(): Promise<void>;
}

const ROLES: Readonly<Record<ServiceName, string>> = {
  'usage-ingest': 'ingest',
  pricing: 'pricing',
  'profit-share': 'profit_share',
  'cross-border-settlement': 'settlement',
};

let joined: Promise<Stack> | undefined;

const joinStack = (): Promise<Stack> => {
  joined ??= attachStack();
  return joined;
};

const kafkaEnvOf = ({ kafka }: Stack): Record<string, string> => ({
  KAFKA_BROKERS: kafka.brokers,
  KAFKA_USERNAME: kafka.username ?? '',
  KAFKA_PASSWORD: kafka.password ?? '',
});

const specsOf = (wanted: TestStackOptions['topics']): readonly TopicSpec[] =>
  wanted === 'all' ? topics : topics.filter(({ name }) => wanted?.includes(name) ?? false);

const withSuperuser = async <T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const removeTopics = async (kafka: Kafka, prefix: string): Promise<void> => {
  const admin = await createAdmin(kafka);
  const mine = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
  if (mine.length > 0) await admin.deleteTopics({ topics: mine });
  await admin.disconnect();
};

const makeTopics = async (
  kafka: Kafka,
  prefix: string,
  specs: readonly TopicSpec[],
): Promise<void> => {
  if (specs.length === 0) return;
  const admin = await createAdmin(kafka);
  await ensureTopics(
    admin,
    specs.map((spec) => ({ ...spec, name: topicName(prefix, spec.name) })),
  );
  await admin.disconnect();
};

/** Opens a corner of the stack for one suite; call `dispose` in `afterAll`. */
export const testStack = async (options: TestStackOptions = {}): Promise<TestStack> => {
  const stack = await joinStack();
  const service = options.service ?? 'pricing';
  const role = ROLES[service];
  const id = randomBytes(5).toString('hex');
  const schema = `t_${id}`;
  const prefix = `t-${id}.`;
  const urls = {
    app: stack.postgres.urlFor(`${role}_app`),
    owner: stack.postgres.urlFor(`${role}_owner`),
    pipeline: stack.postgres.urlFor('pricing_pipeline'),
    superuser: stack.postgres.superuserUrl,
  };
  await runMigrations({
    url: urls.owner,
    schema,
    appRole: `${role}_app`,
    pipelineRole: 'pricing_pipeline',
    migrations: [...platformMigrations, ...(options.migrations ?? [])],
  });
  const kafka = createKafka(kafkaEnvOf(stack));
  const specs = specsOf(options.topics);
  await makeTopics(kafka, prefix, specs);
  const opened: Database[] = [];
  const open = async (url: string, poolMax = 5): Promise<Database> => {
    const db = await openDatabase({ url, schema, applicationName: 'test', poolMax });
    opened.push(db);
    return db;
  };
  return {
    db: await open(urls.app),
    pipelineDb: await open(urls.pipeline),
    kafka,
    prefix,
    schema,
    redisUrl: stack.redis.url,
    vaultKey: stack.state.vaultKey,
    env: {
      ...serviceEnvironment(stack, service),
      ...kafkaEnvOf(stack),
      DATABASE_SCHEMA: schema,
      TOPIC_PREFIX: prefix,
    },
    urls,
    asSuperuser: <R>(sql: string, params?: readonly unknown[]) =>
      withSuperuser(urls.superuser, async (client) => {
        await client.query(`set search_path = ${schema}`);
        return (await client.query(sql, params === undefined ? undefined : [...params]))
          .rows as R[];
      }),
    open,
    dispose: async () => {
      await Promise.all(opened.map((db) => db.close()));
      await withSuperuser(urls.superuser, (client) =>
        client.query(`drop schema if exists ${schema} cascade`),
      );
      if (specs.length > 0) await removeTopics(kafka, topicName(prefix, ''));
    },
  };
};
