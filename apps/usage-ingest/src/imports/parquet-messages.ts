/** What goes between the service and the thread that decodes Parquet. */
import type { Cell } from './row-event.js';

export interface ParquetTask {
  readonly path: string;
}

export type ParquetAsk = { readonly from: number };

export type ParquetTell =
  | { readonly kind: 'open'; readonly columns: readonly string[]; readonly rows: number }
  | { readonly kind: 'window'; readonly cells: readonly (readonly Cell[])[] }
  | { readonly kind: 'fault'; readonly code: string; readonly detail: string };
