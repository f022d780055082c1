/**
 * Turns a row of a table into the event that it stands for.
 *
 * Shape       a column is a field of the event: id, source, time, subject, type; a token kind;
 *             `metadata.x`; any other field of `data`. An empty cell is an absent field. Without a
 *             type a row is a call.
 * Invariant   no id is made up and no cell is trimmed or rounded: what stands there is judged.
 * Rejections  MISSING_COLUMN, DUPLICATE_COLUMN, UNKNOWN_COLUMN, for the whole file; per row those of
 *             libs/usage
 * Source      docs/how-to-centre.md (files); reliability row B84
 */
import { Malformed } from '@suanpan/event-sourcing';
import { isForbiddenKey } from '@suanpan/platform-http';
import { tokenKinds, USAGE_EVENT_TYPE } from '@suanpan/usage';

export type Cell = string | number | bigint | boolean | null;

const REQUIRED = ['id', 'source', 'time', 'contract', 'buyer', 'centre', 'model'] as const;
const AROUND = new Set(['id', 'source', 'time', 'subject', 'type']);
const KINDS = new Set<string>(tokenKinds);
const NOT_IN_TABLES = new Set(['tokens', 'usage', 'metadata']);
const METADATA = 'metadata.';
const COLUMNS_MAX = 256;
const FIELD_NAME = /^[a-z][A-Za-z0-9]{0,63}$/;

type Place = 'around' | 'kind' | 'metadata' | 'data';

const placeOf = (column: string): Place => {
  if (AROUND.has(column)) return 'around';
  if (KINDS.has(column)) return 'kind';
  return column.startsWith(METADATA) ? 'metadata' : 'data';
};

const isField = (column: string): boolean => {
  const name = column.startsWith(METADATA) ? column.slice(METADATA.length) : column;
  if (name === '' || isForbiddenKey(name) || NOT_IN_TABLES.has(column)) return false;
  return column.startsWith(METADATA) || KINDS.has(column) || FIELD_NAME.test(column);
};

const quoted = (column: string): string => JSON.stringify(column.slice(0, 64));

/** Refuses a table whose columns cannot be fields, before a row is read. */
export const checkColumns = (columns: readonly string[]): void => {
  if (columns.length > COLUMNS_MAX) {
    throw new Malformed('UNKNOWN_COLUMN', `A table has at most ${COLUMNS_MAX} columns.`);
  }
  const seen = new Set<string>();
  for (const column of columns) {
    if (!isField(column)) {
      throw new Malformed('UNKNOWN_COLUMN', `${quoted(column)} is no field of a usage event.`);
    }
    if (seen.has(column)) {
      throw new Malformed('DUPLICATE_COLUMN', `The column ${quoted(column)} stands twice.`);
    }
    seen.add(column);
  }
  const missing = REQUIRED.filter((column) => !seen.has(column));
  if (missing.length > 0) {
    throw new Malformed('MISSING_COLUMN', `The header lacks ${missing.join(', ')}.`);
  }
  if (!tokenKinds.some((kind) => seen.has(kind))) {
    const kinds = tokenKinds.join(', ');
    throw new Malformed('MISSING_COLUMN', `The header has no kind of token: ${kinds}.`);
  }
};

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };

/** A flag may be written as text; every other field is judged as it stands. */
const valueOf = (column: string, cell: Cell): unknown => {
  if (typeof cell === 'bigint') return cell.toString();
  if (column === 'kindsIncomplete' && typeof cell === 'string') {
    return BOOLEANS[cell.toLowerCase()] ?? cell;
  }
  return cell;
};

/** The event of one row. */
export const rowEvent = (columns: readonly string[], cells: readonly Cell[]): object => {
  const around: Record<string, unknown> = {};
  const tokens: Record<string, unknown> = {};
  const metadata: Record<string, unknown> = {};
  const data: Record<string, unknown> = {};
  const places = { around, kind: tokens, metadata, data };
  columns.forEach((column, index) => {
    const cell = cells[index] ?? null;
    if (cell === null || cell === '') return;
    const place = placeOf(column);
    const name = place === 'metadata' ? column.slice(METADATA.length) : column;
    places[place][name] = valueOf(column, cell);
  });
  return {
    specversion: '1.0',
    type: USAGE_EVENT_TYPE,
    ...around,
    data: {
      ...data,
      ...(Object.keys(tokens).length > 0 && { tokens }),
      ...(Object.keys(metadata).length > 0 && { metadata }),
    },
  };
};

const KIND_PATH = '$.data.tokens.';
const METADATA_PATH = '$.data.metadata.';
const DATA_PATH = '$.data.';
const ROOT_PATH = '$.';

/** The column that a path into the event speaks of; null where it is not one. */
export const columnAt = (path: string): string | null => {
  if (path === '$.data.tokens') return null;
  if (path.startsWith(KIND_PATH)) return path.slice(KIND_PATH.length);
  if (path.startsWith(METADATA_PATH)) return METADATA + path.slice(METADATA_PATH.length);
  if (path.startsWith(DATA_PATH)) return path.slice(DATA_PATH.length);
  return path.startsWith(ROOT_PATH) ? path.slice(ROOT_PATH.length) : null;
};
