/** An import as the door of usage-ingest shows it. */
export interface WireImport {
  readonly import: string;
  readonly centre: string;
  readonly format: string;
  readonly gzip: boolean;
  readonly dryRun: boolean;
  readonly bytes: number;
  readonly status: 'waiting' | 'running' | 'done' | 'failed';
  readonly code: string | null;
  readonly detail: string | null;
  readonly rows: number;
  readonly accepted: number;
  readonly refused: number;
  readonly position: number;
  readonly refusedByCode: Readonly<Record<string, number>>;
  readonly tokens: readonly {
    readonly model: string;
    readonly kinds: Readonly<Record<string, string>>;
  }[];
  readonly errors: string | null;
}
