/**
 * What replay starts from and compares with, seen at one instant while the service goes on.
 *
 * Invariant   offsets, events and rows are of one snapshot.
 */
import { enterTenant, loadAllEvents } from '@suanpan/platform-postgres';
import type { Database, StoredEvent, Tx } from '@suanpan/platform-postgres';
import { SERVICE } from '../running.js';
import { PROJECTIONS, hashTable } from './projection-tables.js';
import type { TableHash } from './projection-tables.js';
import type { ReadEnd } from './read-topics.js';

export interface LiveState {
  readonly tenants: readonly string[];
  readonly ends: readonly ReadEnd[];
  /** `topic/partition/offset` of the records that live had to set aside. */
  readonly setAside: ReadonlySet<string>;
  readonly events: readonly StoredEvent[];
  readonly hashes: ReadonlyMap<string, TableHash>;
}

const TENANTS = `
select tenant from event_store union select tenant from inbox where tenant <> '*' order by tenant`;

interface EndRow {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: string;
}

const selectEnds = async (tx: Tx): Promise<readonly ReadEnd[]> => {
  const rows = await tx.query<EndRow>(
    `select topic, partition, next_offset from consumer_offset where group_id = $1`,
    [SERVICE],
  );
  return rows.map(({ topic, partition, next_offset }) => ({
    topic,
    partition,
    end: BigInt(next_offset),
  }));
};

const selectSetAside = async (tx: Tx): Promise<ReadonlySet<string>> => {
  const rows = await tx.query<{ place: string }>(
    `select topic || '/' || partition || '/' || log_offset as place from quarantine`,
  );
  return new Set(rows.map(({ place }) => place));
};

const selectHashes = async (tx: Tx, tenants: readonly string[]) => {
  const hashes = new Map<string, TableHash>();
  for (const table of PROJECTIONS) hashes.set(table.table, await hashTable(tx, table, tenants));
  return hashes;
};

export const readLiveState = (live: Database): Promise<LiveState> =>
  live.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    await tx.query(`select set_config('app.scope', 'platform', true)`);
    await enterTenant(tx, { tenant: '' });
    const found = await tx.query<{ tenant: string }>(TENANTS);
    const tenants = found.map(({ tenant }) => tenant);
    const ends = await selectEnds(tx);
    const setAside = await selectSetAside(tx);
    const events = await loadAllEvents(tx);
    return { tenants, ends, setAside, events, hashes: await selectHashes(tx, tenants) };
  });
