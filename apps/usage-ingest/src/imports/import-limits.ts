/**
 * How much a file may hold.
 *
 * Units       bytes, milliseconds, rows
 * Source      reliability rows B10, B83, B84; R19 for a row
 */
/** Of the file as it is sent; `IMPORT_BYTES_MAX` says otherwise. */
export const FILE_BYTES_MAX = 8 * 1_073_741_824;

/** A gzip may become larger than this only while it is no bomb. */
export const INFLATED_FREE_BYTES = 67_108_864;
/** How many times its size a gzip may become; text of rows stays far below. */
export const INFLATED_RATIO_MAX = 100;

/** Rows that are judged, recorded and counted together. */
export const CHUNK_ROWS_MAX = 1_000;
export const CHUNK_BYTES_MAX = 1_048_576;

/** Files of one centre that wait or are read. */
export const OPEN_IMPORTS_MAX = 100;

/** Errors that are listed; beyond it they are only counted. */
export const LISTED_ERRORS_MAX = 1_000_000;

/** How long a worker has an import to itself without a word. */
export const LEASE_SECONDS = 15;
/** How often it says that word while it waits. */
export const RENEW_MS = 2_000;
export const POLL_MS = 2_000;
/** Files that a process reads at the same time, one of each centre. */
export const SLOTS = 3;
/** Files of one centre that are looked at: a process may lack the first ones. */
export const CANDIDATES_OF_CENTRE = 20;
/** How long a file waits whose centre has spent its day. */
export const POSTPONED_SECONDS = 60;

/** Parquet: what a row group may come to, and how many rows are decoded at a time. */
export const ROW_GROUP_BYTES_MAX = 536_870_912;
export const PAGE_BYTES_MAX = 134_217_728;
export const WINDOW_ROWS = 20_000;
export const METADATA_BYTES_MAX = 33_554_432;
export const WORKER_HEAP_MIB = 256;
