/**
 * What is known of each file: in PostgreSQL, so that any process can go on after a crash.
 *
 * Invariant   a row counts only after the log has it: counts, errors and the row to go on from are
 *             written in one transaction, by the process that holds the lease.
 * Source      ruling R18 (imports live here), R23 (what a sender wrote is sealed)
 */
import { Inject, Injectable } from '@nestjs/common';
import { Unavailable } from '@suanpan/event-sourcing';
import { decodeCursor, toPage } from '@suanpan/platform-http';
import type { Page, PageQuery } from '@suanpan/platform-http';
import type { Database, Scope, Tx, Vault } from '@suanpan/platform-postgres';
import { DATABASE, VAULT } from '../tokens.js';
import { errorLines } from './error-lines.js';
import type { RowError } from './error-lines.js';
import {
  CANDIDATES_OF_CENTRE,
  LEASE_SECONDS,
  LISTED_ERRORS_MAX,
  OPEN_IMPORTS_MAX,
} from './import-limits.js';
import { tooManyImports } from './import-refusals.js';
import type { ImportRowRecord, NewImport } from './import-record.js';
import { Tally } from './tally.js';

/** What a chunk has come to. */
export interface Advance {
  readonly rows: number;
  readonly accepted: number;
  readonly errors: readonly RowError[];
  /** The last row that the log has. */
  readonly acknowledged: number;
  readonly position: number;
  readonly tally: Tally;
}

/** The import is someone else's now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

const COLUMNS = `tenant, centre, import_id, name, format, gzip, separator, dry_run, sha256, bytes,
  credential, operator, sources, contracts, scopes, status, code, detail, row_count, accepted,
  refused, acknowledged, position, tally, created_at, finished_at`;

const INSERT = `
insert into import_file as f (tenant, centre, import_id, name, format, gzip, separator, dry_run,
  sha256, bytes, credential, operator, sources, contracts, scopes, status, tally)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'waiting', $16)
on conflict (tenant, import_id) do update
set status = 'waiting', code = null, detail = null, finished_at = null,
  credential = excluded.credential, operator = excluded.operator, sources = excluded.sources,
  contracts = excluded.contracts, scopes = excluded.scopes
where f.status = 'failed'
returning ${COLUMNS}`;

const QUEUE = `insert into import_work (tenant, import_id, centre) values ($1, $2, $3)
on conflict do nothing`;

const OPEN = `select count(*)::int as open from (
  select from import_file where centre = $1 and status in ('waiting', 'running') limit $2) as few`;

const BY_ID = `select ${COLUMNS} from import_file where import_id = $1`;

const LIST = `select ${COLUMNS} from import_file
where (created_at, import_id) > ($1::timestamptz, $2) and ($3::text is null or sha256 = $3)
order by created_at, import_id limit $4`;

const ADVANCE = `
update import_file set status = 'running', row_count = row_count + $2, accepted = accepted + $3,
  refused = refused + $4, acknowledged = $5, position = $6, tally = $7
where import_id = $1
returning refused`;

const ADD_ERRORS = `
insert into import_error (tenant, centre, import_id, first_row, sealed, key_id)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing`;

const END = `
update import_file set status = $2, code = $3, detail = $4, finished_at = clock_timestamp(),
  position = case when $2 = 'done' then bytes else position end
where import_id = $1`;

const ERRORS = `
select first_row, sealed, key_id from import_error
where import_id = $1 and first_row > $2::bigint order by first_row limit 1`;

const CANDIDATES = `
select tenant, centre, import_id from (
  select tenant, centre, import_id, queued_at,
    row_number() over (partition by tenant, centre order by queued_at) as place
  from import_work where lease_until is null or lease_until < clock_timestamp()) as free
where place <= $1 order by place, queued_at limit 1000`;

const QUEUED = `select distinct import_id from import_work where import_id = any($1::text[])`;

const CLAIM = `
update import_work set worker = $3, lease_until = clock_timestamp() + make_interval(secs => $4)
where tenant = $1 and import_id = $2
  and (lease_until is null or lease_until < clock_timestamp() or worker = $3)
returning import_id`;

const RENEW = `
update import_work set lease_until = clock_timestamp() + make_interval(secs => $4)
where tenant = $1 and import_id = $2 and worker = $3 returning import_id`;

const RELEASE = `
update import_work set worker = null,
  lease_until = clock_timestamp() + make_interval(secs => $4)
where tenant = $1 and import_id = $2 and worker = $3`;

const REMOVE = `delete from import_work where tenant = $1 and import_id = $2 and worker = $3
returning import_id`;

export interface Candidate {
  readonly tenant: string;
  readonly centre: string;
  readonly import_id: string;
}

export interface Work {
  readonly tenant: string;
  readonly importId: string;
  readonly worker: string;
}

const keysOf = ({ tenant, importId, worker }: Work): readonly string[] => [
  tenant,
  importId,
  worker,
];

@Injectable()
export class ImportStore {
  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** The import of the file: a new one, one that had failed and is tried again, or what there is. */
  async put(order: NewImport): Promise<{ readonly row: ImportRowRecord; readonly begun: boolean }> {
    const { tenant, centre, importId } = order;
    return this.db.inTenant({ tenant }, async (tx) => {
      const [known] = await tx.query<ImportRowRecord>(BY_ID, [importId]);
      if (known !== undefined && known.status !== 'failed') return { row: known, begun: false };
      const [{ open } = { open: 0 }] = await tx.query<{ open: number }>(OPEN, [
        centre,
        OPEN_IMPORTS_MAX,
      ]);
      if (open >= OPEN_IMPORTS_MAX) throw tooManyImports();
      const [row] = await tx.query<ImportRowRecord>(INSERT, [
        ...[tenant, centre, importId, order.name, order.format, order.gzip, order.separator],
        ...[order.dryRun, order.sha256, order.bytes, order.credential, order.operator],
        ...[order.sources, order.contracts, order.scopes],
        JSON.stringify(new Tally().toStored()),
      ]);
      if (row === undefined) {
        // Another request has just handed in the same file.
        const [other] = await tx.query<ImportRowRecord>(BY_ID, [importId]);
        if (other === undefined) throw new Unavailable('IMPORT_IN_CHANGE', 'Hand it in again.');
        return { row: other, begun: false };
      }
      await tx.query(QUEUE, [tenant, importId, centre]);
      return { row, begun: true };
    });
  }

  async find(scope: Scope, importId: string): Promise<ImportRowRecord | null> {
    const rows = await this.db.inTenant(scope, (tx) =>
      tx.query<ImportRowRecord>(BY_ID, [importId]),
    );
    return rows[0] ?? null;
  }

  async list(
    scope: Scope,
    { limit, cursor, sha256 }: PageQuery & { readonly sha256?: string | undefined },
  ): Promise<Page<ImportRowRecord>> {
    const after = decodeCursor(cursor, ['instant', 'text']) ?? ['-infinity', ''];
    const rows = await this.db.inTenant(scope, (tx) =>
      tx.query<ImportRowRecord>(LIST, [...after, sha256 ?? null, limit + 1]),
    );
    return toPage(rows, limit, (row) => [row.created_at, row.import_id]);
  }

  /** Imports that nobody works on: the oldest of each centre first. */
  async candidates(): Promise<readonly Candidate[]> {
    return this.db.inPlatform((tx) => tx.query<Candidate>(CANDIDATES, [CANDIDATES_OF_CENTRE]));
  }

  /** Which of these are still to be read. */
  async queued(importIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.db.inPlatform((tx) =>
      tx.query<{ import_id: string }>(QUEUED, [importIds]),
    );
    return new Set(rows.map((row) => row.import_id));
  }

  async claim(work: Work): Promise<boolean> {
    const claimed = await this.db.inPlatform((tx) =>
      tx.query(CLAIM, [...keysOf(work), LEASE_SECONDS]),
    );
    return claimed.length > 0;
  }

  /** Gives it back, to be taken up again after so long. */
  async release(work: Work, afterSeconds: number): Promise<void> {
    await this.db.inPlatform((tx) => tx.query(RELEASE, [...keysOf(work), afterSeconds]));
  }

  async renew(work: Work): Promise<void> {
    await this.db.inTenant(work, (tx) => this.#renewIn(tx, work));
  }

  /** Counts what the log has. */
  async advance(work: Work, centre: string, step: Advance): Promise<void> {
    const { tenant, importId } = work;
    const { rows, accepted, errors, acknowledged, position, tally } = step;
    const stored = JSON.stringify(tally.toStored());
    await this.db.inTenant({ tenant }, async (tx) => {
      await this.#renewIn(tx, work);
      const counts = [rows, accepted, errors.length, acknowledged, position, stored];
      const [row] = await tx.query<{ refused: string }>(ADVANCE, [importId, ...counts]);
      const [first] = errors;
      if (first === undefined || Number(row?.refused) > LISTED_ERRORS_MAX) return;
      const text = Buffer.from(errorLines(errors));
      const { sealed, keyId } = await this.vault.seal(tx, { tenant, party: centre }, text);
      await tx.query(ADD_ERRORS, [tenant, centre, importId, first.row, sealed, keyId]);
    });
  }

  /** Ends the import; for good, or until the file is sent again. */
  async end(
    work: Work,
    how: { readonly status: 'done' | 'failed'; readonly code?: string; readonly detail?: string },
  ): Promise<void> {
    const { tenant, importId } = work;
    await this.db.inTenant({ tenant }, async (tx) => {
      const removed = await tx.query(REMOVE, keysOf(work));
      if (removed.length === 0) throw new LeaseLost(importId);
      await tx.query(END, [importId, how.status, how.code ?? null, how.detail ?? null]);
    });
  }

  /** The lines of what was refused, page by page. */
  async *errors(scope: Scope, importId: string): AsyncGenerator<Buffer> {
    for (let after = '-1'; ;) {
      const page = await this.db.inTenant(scope, async (tx) => {
        const [row] = await tx.query<{ first_row: string; sealed: Buffer; key_id: string }>(
          ERRORS,
          [importId, after],
        );
        if (row === undefined) return null;
        const { sealed, key_id: keyId } = row;
        return { after: row.first_row, text: await this.vault.open(tx, { sealed, keyId }) };
      });
      if (page === null) return;
      yield page.text;
      ({ after } = page);
    }
  }

  async #renewIn(tx: Tx, work: Work): Promise<void> {
    const renewed = await tx.query(RENEW, [...keysOf(work), LEASE_SECONDS]);
    if (renewed.length === 0) throw new LeaseLost(work.importId);
  }
}
