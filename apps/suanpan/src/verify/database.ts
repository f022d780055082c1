import pg from 'pg';

/**
 * One consistent picture of the database: everything the auditor reads belongs to one instant.
 *
 * Shape       a READ ONLY, REPEATABLE READ transaction; int8 and numeric come back as text.
 * Invariant   nothing is written. The role `auditor` sees every tenant's rows and can change none.
 */
export interface Snapshot {
  rows<R>(sql: string, parameters?: readonly unknown[]): Promise<readonly R[]>;
  /** Row by row in the order of the query, a portion at a time: the whole need not fit in memory. */
  stream<R>(sql: string): AsyncGenerator<R>;
  close(): Promise<void>;
}

const PORTION = 20_000;

class PostgresSnapshot implements Snapshot {
  private cursors = 0;

  constructor(private readonly client: pg.Client) {}

  async rows<R>(sql: string, parameters: readonly unknown[] = []): Promise<readonly R[]> {
    return (await this.client.query(sql, [...parameters])).rows as R[];
  }

  async *stream<R>(sql: string): AsyncGenerator<R> {
    this.cursors += 1;
    const cursor = `audit_${this.cursors}`;
    await this.client.query(`declare ${cursor} no scroll cursor for ${sql}`);
    for (;;) {
      const { rows } = await this.client.query(`fetch ${PORTION} from ${cursor}`);
      for (const row of rows) yield row as R;
      if (rows.length < PORTION) break;
    }
    await this.client.query(`close ${cursor}`);
  }

  async close(): Promise<void> {
    await this.client.query('rollback');
    await this.client.end();
  }
}

/** Opens the picture. */
export const openSnapshot = async (url: string): Promise<Snapshot> => {
  const client = new pg.Client({ connectionString: url, application_name: 'suanpan verify' });
  await client.connect();
  await client.query(`set timezone to 'UTC'; set bytea_output to 'hex'`);
  await client.query('begin isolation level repeatable read read only');
  // The first query fixes the picture; BEGIN alone does not.
  await client.query('select 1');
  return new PostgresSnapshot(client);
};

/** SQL for a timestamptz column as whole microseconds. */
export const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::int8`;
