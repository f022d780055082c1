import { describe, expect, it } from '@jest/globals';
import { sql } from './world.js';

interface Grant {
  readonly schema: string;
  readonly table: string;
  readonly grantee: string;
}

const WRITERS: Readonly<Record<string, readonly string[]>> = {
  ingest: ['ingest_app', 'ingest_owner'],
  pricing: ['pricing_app', 'pricing_owner', 'pricing_pipeline'],
  profit_share: ['profit_share_app', 'profit_share_owner'],
  settlement: ['settlement_app', 'settlement_owner'],
};

const grants = (privileges: readonly string[]): Promise<Grant[]> =>
  sql<Grant>(
    `SELECT table_schema AS schema, table_name AS "table", grantee
       FROM information_schema.role_table_grants
      WHERE table_schema = ANY ($1) AND privilege_type = ANY ($2)
        AND grantee NOT IN ('postgres', current_user)`,
    [Object.keys(WRITERS), privileges],
  );

describe('F6 one identity, one ledger, one event log', () => {
  it('lets no table be written by two services', async () => {
    const writes = await grants(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']);
    expect(writes.length).toBeGreaterThan(20);
    expect(writes.filter(({ schema, grantee }) => !WRITERS[schema]?.includes(grantee))).toEqual([]);
  });

  it('S29 lets no service change or remove an event, a call, or a journal line', async () => {
    const changes = await grants(['UPDATE', 'DELETE', 'TRUNCATE']);
    const frozen = ['event_store', 'call', 'journal_entry', 'journal_line', 'head_log'];
    const apps = changes.filter(({ grantee }) => !grantee.endsWith('_owner'));
    expect(apps.filter(({ table }) => frozen.includes(table))).toEqual([]);
  });
});
