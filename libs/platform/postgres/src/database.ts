/**
 * A service's connection to its schema: transactions that are retried whole, scopes that row
 * security reads.
 *
 * Owns        pool, timeouts, retry, scope. What is written is the caller's.
 * Shape       READ COMMITTED; row locks, unique keys and conditional updates carry correctness.
 * Invariant   every statement runs inside a transaction; a scope never outlives its transaction.
 * Rejections  none; a store that does not answer is Unavailable DATABASE_UNAVAILABLE
 * Source      reliability D13, D15, D20
 */
import type pg from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { createDataSource } from './data-source.js';
import type { ConnectionOptions } from './data-source.js';
import { isBroken, isRepeatable, toUnavailable } from './errors.js';

/** Whose rows a transaction may see. No party means the operator of the tenant. */
export interface Scope {
  readonly tenant: string;
  readonly party?: string;
}

/** A running transaction. `numeric`, `int8`, dates and timestamps come back as text. */
export interface Tx {
  query<R>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** The raw client, for COPY. */
  readonly client: pg.PoolClient;
}

export type Work<T> = (tx: Tx) => Promise<T>;

export interface Database {
  readonly dataSource: DataSource;
  readonly schema: string;
  /** Runs `work` in one transaction; the whole unit runs again on 40001 and 40P01. */
  transaction<T>(work: Work<T>): Promise<T>;
  /** The same, seeing and writing only the rows of `scope`. */
  inTenant<T>(scope: Scope, work: Work<T>): Promise<T>;
  /** The same, seeing the platform's own tables (outbox, inbox, quarantine, events) of every tenant. */
  inPlatform<T>(work: Work<T>): Promise<T>;
  close(): Promise<void>;
}

export const ATTEMPTS_MAX = 8;
const PAUSE_MS = 5;
const PAUSE_MAX_MS = 500;

/** A short wait with jitter before the given try. */
export const pause = (attempt: number): Promise<void> => {
  const ceiling = Math.min(PAUSE_MS * 2 ** attempt, PAUSE_MAX_MS);
  return new Promise((resolve) => setTimeout(resolve, ceiling * (0.5 + Math.random() / 2)));
};

const asTx = (client: pg.PoolClient): Tx => ({
  client,
  query: async <R>(sql: string, params?: readonly unknown[]): Promise<R[]> => {
    const result = await client.query(sql, params === undefined ? undefined : [...params]);
    return result.rows as R[];
  },
});

/** Rolls back; a connection that is lost or cannot do so is ended, so that the pool drops it. */
const undo = async (runner: QueryRunner, error: unknown): Promise<void> => {
  const end = async (): Promise<void> => {
    const client = (await runner.connect()) as pg.PoolClient & { end(): Promise<void> };
    client.end().catch(() => undefined);
  };
  // The first error is the one that counts: what fails here is not reported.
  if (!runner.isTransactionActive) return;
  if (isBroken(error)) await end().catch(() => undefined);
  else await runner.rollbackTransaction().catch(end);
};

const runOnce = async <T>(dataSource: DataSource, work: Work<T>): Promise<T> => {
  const runner = dataSource.createQueryRunner();
  try {
    const client = (await runner.connect()) as pg.PoolClient;
    await runner.startTransaction('READ COMMITTED');
    const result = await work(asTx(client));
    await runner.commitTransaction();
    return result;
  } catch (error) {
    await undo(runner, error);
    throw toUnavailable(error);
  } finally {
    await runner.release();
  }
};

const runRepeatedly = async <T>(dataSource: DataSource, work: Work<T>): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(dataSource, work);
    } catch (error) {
      if (!isRepeatable(error) || attempt >= ATTEMPTS_MAX) throw error;
      await pause(attempt);
    }
  }
};

const SET_SCOPE = `select set_config('app.tenant', $1, true), set_config('app.party', $2, true),
  set_config('app.scope', $3, true)`;

/** Narrows the rest of the transaction to `scope`. For handlers that meet several tenants. */
export const enterTenant = async (tx: Tx, scope: Scope): Promise<void> => {
  await tx.query(`select set_config('app.tenant', $1, true), set_config('app.party', $2, true)`, [
    scope.tenant,
    scope.party ?? '',
  ]);
};

/** Resolves when the database answers. */
export const ping = async (db: Database): Promise<void> => {
  await db.transaction((tx) => tx.query('select 1'));
};

/** Opens a pool whose sessions see exactly one schema. */
export const openDatabase = async (options: ConnectionOptions): Promise<Database> => {
  const dataSource = createDataSource(options);
  await dataSource.initialize().catch((error: unknown) => {
    throw toUnavailable(error);
  });
  const scoped =
    (tenant: string, party: string, scope: string) =>
    <T>(work: Work<T>): Promise<T> =>
      runRepeatedly(dataSource, async (tx) => {
        await tx.query(SET_SCOPE, [tenant, party, scope]);
        return work(tx);
      });
  return {
    dataSource,
    schema: options.schema,
    transaction: (work) => runRepeatedly(dataSource, work),
    inTenant: ({ tenant, party }, work) => scoped(tenant, party ?? '', '')(work),
    inPlatform: (work) => scoped('', '', 'platform')(work),
    close: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
    },
  };
};
