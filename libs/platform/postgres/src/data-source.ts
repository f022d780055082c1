/**
 * The TypeORM data source behind a `Database` and behind migrations.
 *
 * Units       milliseconds
 * Invariant   a session's search_path is one schema; its times are UTC; no statement, lock or
 *             idle transaction waits for ever. Dates and timestamps stay text: a JavaScript Date
 *             would cut microseconds and move days across zones.
 * Source      reliability D20, F27
 */
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { DataSourceOptions, Logger } from 'typeorm';

export interface ConnectionOptions {
  readonly url: string;
  readonly schema: string;
  readonly applicationName: string;
  readonly poolMax?: number;
  /** For long reports and bulk loads; 30 s when not given. */
  readonly statementTimeoutMs?: number;
}

const CONNECT_MS = 5_000;
const STATEMENT_MS = 30_000;
const LOCK_MS = 10_000;
const IDLE_IN_TRANSACTION_MS = 45_000;
/** Beyond the server's own limit, so that only a dead connection meets it. */
const ANSWER_GRACE_MS = 5_000;
const POOL_MAX = 10;

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;

/** A schema, role or table name as it may stand in SQL text; anything else is refused. */
export const requireIdentifier = (name: string): string => {
  if (!IDENTIFIER.test(name)) throw new RangeError(`Not a plain SQL identifier: ${name}.`);
  return name;
};

/** TypeORM would print to the console; errors reach the caller anyway. */
const silent: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

const asText = (text: string): string => text;
const TEXT_TYPES: ReadonlySet<number> = new Set([
  pg.types.builtins.DATE,
  pg.types.builtins.TIMESTAMP,
  pg.types.builtins.TIMESTAMPTZ,
]);

const types = {
  getTypeParser: (oid: number, format?: 'binary' | 'text'): unknown =>
    TEXT_TYPES.has(oid) ? asText : pg.types.getTypeParser(oid, format),
};

/** Settings that a session starts with, in the form of libpq's `options`. */
const sessionOptions = (settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

/** A data source that is not connected yet. */
export const createDataSource = (
  options: ConnectionOptions,
  more: Partial<DataSourceOptions> & { session?: Readonly<Record<string, string>> } = {},
): DataSource => {
  const { session, ...rest } = more;
  const statementMs = options.statementTimeoutMs ?? STATEMENT_MS;
  return new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [],
    logger: silent,
    installExtensions: false,
    poolSize: options.poolMax ?? POOL_MAX,
    connectTimeoutMS: CONNECT_MS,
    applicationName: options.applicationName,
    poolErrorHandler: () => undefined,
    extra: {
      types,
      keepAlive: true,
      query_timeout: statementMs + ANSWER_GRACE_MS,
      options: sessionOptions({
        search_path: requireIdentifier(options.schema),
        timezone: 'UTC',
        statement_timeout: statementMs,
        lock_timeout: LOCK_MS,
        idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
        ...session,
      }),
    },
    ...rest,
  } as DataSourceOptions);
};
