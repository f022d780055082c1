/** An import as it is stored, and as it is shown. */
import { createHash } from 'node:crypto';
import { formatInstant } from '@suanpan/calendar';
import type { Scope } from '@suanpan/platform-http';
import { fromRowInstant } from '@suanpan/platform-postgres';
import { tokenKinds } from '@suanpan/usage';
import type { Format } from './file-type.js';
import type { StoredTally } from './tally.js';

export interface NewImport {
  readonly tenant: string;
  readonly centre: string;
  readonly importId: string;
  readonly name: string;
  readonly format: Format;
  readonly gzip: boolean;
  readonly separator: string | null;
  readonly dryRun: boolean;
  readonly sha256: string;
  readonly bytes: number;
  /** The public prefix of the key that handed it in. */
  readonly credential: string;
  /** Handed in by the operator, who may speak for each source. */
  readonly operator: boolean;
  readonly sources: readonly string[];
  readonly contracts: readonly string[] | null;
  readonly scopes: readonly Scope[];
}

export interface ImportRowRecord {
  readonly tenant: string;
  readonly centre: string;
  readonly import_id: string;
  readonly name: string;
  readonly format: Format;
  readonly gzip: boolean;
  readonly separator: string | null;
  readonly dry_run: boolean;
  readonly sha256: string;
  readonly bytes: string;
  readonly credential: string;
  readonly operator: boolean;
  readonly sources: readonly string[];
  readonly contracts: readonly string[] | null;
  readonly scopes: readonly Scope[];
  readonly status: 'waiting' | 'running' | 'done' | 'failed';
  readonly code: string | null;
  readonly detail: string | null;
  readonly row_count: string;
  readonly accepted: string;
  readonly refused: string;
  readonly acknowledged: string;
  readonly position: string;
  readonly tally: StoredTally;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const ID_DIGITS = 32;

/** The same file, read in the same way for the same centre, is the same import. */
export const importIdOf = (
  file: Pick<NewImport, 'tenant' | 'centre' | 'sha256' | 'format' | 'separator' | 'dryRun'>,
): string => {
  const { tenant, centre, sha256, format, separator, dryRun } = file;
  const text = JSON.stringify([tenant, centre, sha256, format, separator, dryRun]);
  return `imp_${createHash('sha256').update(text).digest('hex').slice(0, ID_DIGITS)}`;
};

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;

/** A stored object has its names in an order of its own. */
const inOrder = (kinds: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    tokenKinds
      .filter((kind) => Object.hasOwn(kinds, kind))
      .map((kind) => [kind, kinds[kind] ?? '']),
  );

/** The import as the door shows it. */
export const toWireImport = (row: ImportRowRecord) => ({
  import: row.import_id,
  centre: row.centre,
  name: row.name,
  format: row.format,
  gzip: row.gzip,
  dryRun: row.dry_run,
  sha256: row.sha256,
  bytes: Number(row.bytes),
  status: row.status,
  code: row.code,
  detail: row.detail,
  rows: Number(row.row_count),
  accepted: Number(row.accepted),
  refused: Number(row.refused),
  acknowledgedRow: Number(row.acknowledged),
  position: Number(row.position),
  refusedByCode: Object.fromEntries(Object.entries(row.tally.refusedByCode).sort(byName)),
  tokens: Object.entries(row.tally.tokens)
    .sort(byName)
    .map(([model, kinds]) => ({ model, kinds: inOrder(kinds) })),
  createdAt: formatInstant(fromRowInstant(row.created_at)),
  finishedAt: row.finished_at === null ? null : formatInstant(fromRowInstant(row.finished_at)),
  errors: Number(row.refused) > 0 ? `/v1/imports/${row.import_id}/errors.csv` : null,
});

export type WireImport = ReturnType<typeof toWireImport>;
