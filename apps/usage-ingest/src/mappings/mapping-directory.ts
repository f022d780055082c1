/**
 * The mappings of all centres: written by the operator, read by every foreign door.
 *
 * Shape       one row a centre; a mapping is remembered in memory, and whether it is still the
 *             newest is asked once in less than a second.
 * Invariant   a changed mapping is used by every process within a second; what is remembered is
 *             bounded by its size, not by the number of centres.
 * Source      rulings R18, R22
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '@suanpan/platform-postgres';
import { DATABASE } from '../tokens.js';
import { fromWireMapping, mappingBody } from './mapping-wire.js';
import type { MappingBody, StoredMapping } from './mapping-wire.js';

const REMEMBERED_MS = 500;
/** Characters of JSON, of all mappings together. */
const REMEMBERED_SIZE_MAX = 16_777_216;
const ENTRY_SIZE = 1_024;

const UPSERT = `
insert into door_mapping (tenant, centre, mapping) values ($1, $2, $3)
on conflict (tenant, centre) do update
set mapping = excluded.mapping, version = door_mapping.version + 1, updated_at = clock_timestamp()`;

/** The mapping itself only when it is another one than the version that is known. */
const LOAD = `
select version, case when version = $2::bigint then null else mapping::text end as mapping
from door_mapping where centre = $1`;

interface Loaded {
  readonly version: string | null;
  readonly mapping: StoredMapping | null;
  readonly size: number;
}

const NONE: Loaded = { version: null, mapping: null, size: 0 };

interface Remembered {
  readonly at: number;
  readonly loading: Promise<Loaded>;
  /** What `loading` has come to, if it has. */
  loaded: Loaded | null;
}

@Injectable()
export class MappingDirectory {
  private readonly remembered = new Map<string, Remembered>();
  private size = 0;

  constructor(@Inject(DATABASE) private readonly db: Database) {}

  /** Null when the centre has none. */
  async of(tenant: string, centre: string): Promise<StoredMapping | null> {
    const key = JSON.stringify([tenant, centre]);
    const known = this.remembered.get(key);
    const now = performance.now();
    if (known !== undefined && now - known.at < REMEMBERED_MS) return (await known.loading).mapping;
    const loading = this.load(tenant, centre, known?.loaded ?? NONE);
    const entry: Remembered = { at: now, loading, loaded: known?.loaded ?? null };
    this.remembered.set(key, entry);
    try {
      const loaded = await loading;
      this.keep(key, entry, loaded);
      return loaded.mapping;
    } catch (error) {
      if (this.remembered.get(key) === entry) this.forget(key);
      throw error;
    }
  }

  async put(tenant: string, centre: string, body: MappingBody): Promise<void> {
    await this.db.inTenant({ tenant }, (tx) =>
      tx.query(UPSERT, [tenant, centre, JSON.stringify(body)]),
    );
    this.forget(JSON.stringify([tenant, centre]));
  }

  /** As it was put; null when the centre has none. */
  async get(tenant: string, centre: string): Promise<MappingBody | null> {
    const rows = await this.rows(tenant, centre, null);
    const text = rows[0]?.mapping ?? null;
    return text === null ? null : mappingBody.parse(JSON.parse(text));
  }

  private async load(tenant: string, centre: string, known: Loaded): Promise<Loaded> {
    const [row] = await this.rows(tenant, centre, known.version);
    if (row === undefined) return NONE;
    if (row.mapping === null) return known;
    const mapping = fromWireMapping(mappingBody.parse(JSON.parse(row.mapping)));
    return { version: row.version, mapping, size: row.mapping.length };
  }

  private rows(
    tenant: string,
    centre: string,
    known: string | null,
  ): Promise<{ version: string; mapping: string | null }[]> {
    return this.db.inTenant({ tenant, party: centre }, (tx) => tx.query(LOAD, [centre, known]));
  }

  private keep(key: string, entry: Remembered, loaded: Loaded): void {
    if (this.remembered.get(key) !== entry) return;
    this.size += ENTRY_SIZE + loaded.size;
    if (entry.loaded !== null) this.size -= ENTRY_SIZE + entry.loaded.size;
    entry.loaded = loaded;
    if (this.size <= REMEMBERED_SIZE_MAX) return;
    this.remembered.clear();
    this.size = 0;
  }

  private forget(key: string): void {
    const known = this.remembered.get(key);
    this.remembered.delete(key);
    if (known !== undefined && known.loaded !== null) this.size -= ENTRY_SIZE + known.loaded.size;
  }
}
