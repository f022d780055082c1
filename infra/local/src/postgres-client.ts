/**
 * The launcher's own connection to PostgreSQL.
 *
 * Owns        the superuser's address, one connection for one piece of work, and the ping.
 */
import pg from 'pg';
import { HOST } from './ports.js';

export const SUPERUSER = 'postgres';

export const superuserUrl = (port: number, password: string): string =>
  `postgresql://${SUPERUSER}:${password}@${HOST}:${port}/postgres`;

/** Runs `work` on one connection and closes it. */
export const withPostgres = async <T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> => {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'suanpan-launcher',
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** Resolves when PostgreSQL answers a query. */
export const pingPostgres = (url: string): Promise<void> =>
  withPostgres(url, async (client) => {
    await client.query('SELECT 1');
  });
