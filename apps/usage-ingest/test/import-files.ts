/** Builders for files of usage, and a client that hands them in. Days are fixed: see usage-event. */
import { until } from '@suanpan/platform-testing';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Answer, ServiceProcess } from './running-service.js';
import { SOURCE, usageEvent } from './usage-event.js';

export const CSV_HEAD =
  'id,source,time,contract,buyer,centre,model,input,cached_input,output,metadata.team';

export interface FileRow {
  readonly id: string;
  readonly model?: string;
  readonly input?: string;
  readonly centre?: string;
}

const FIXED = { time: '2026-06-15T10:00:00Z', contract: 'c-1', buyer: 'b-1', centre: 'gz' };

export const csvRow = ({ id, model = 'm-chat', input = '10', ...own }: FileRow): string =>
  [id, SOURCE, ...Object.values({ ...FIXED, ...own }), model, input, '2', '3', 'red'].join(',');

export const csvOf = (rows: readonly FileRow[]): Buffer =>
  Buffer.from(`${[CSV_HEAD, ...rows.map(csvRow)].join('\r\n')}\r\n`);

export const ndjsonOf = (rows: readonly FileRow[]): Buffer =>
  Buffer.from(
    rows
      .map(({ id, model = 'm-chat', input = '10', centre = FIXED.centre }) =>
        JSON.stringify(
          usageEvent(id, {
            data: {
              ...{ contract: 'c-1', buyer: 'b-1', centre, model },
              tokens: { input, cached_input: 2, output: 3 },
              metadata: { team: 'red' },
            },
          }),
        ),
      )
      .join('\n'),
  );

const MICROS = 1_781_517_600_000_000n;

/** As a data team writes it: 64-bit counts, a timestamp in microseconds, several row groups. */
export const parquetOf = (rows: readonly FileRow[]): Buffer => {
  const text = (name: string, data: readonly string[]) => ({
    name,
    data: [...data],
    type: 'STRING' as const,
  });
  const same = (value: string): readonly string[] => rows.map(() => value);
  const count = (name: string, data: readonly bigint[]) => ({
    name,
    data: BigInt64Array.from(data),
    type: 'INT64' as const,
  });
  const buffer = parquetWriteBuffer({
    columnData: [
      text(
        'id',
        rows.map(({ id }) => id),
      ),
      text('source', same(SOURCE)),
      {
        name: 'time',
        data: rows.map(() => new Date(Number(MICROS / 1_000n))),
        type: 'TIMESTAMP' as const,
      },
      ...(['contract', 'buyer'] as const).map((name) => text(name, same(FIXED[name]))),
      text(
        'centre',
        rows.map(({ centre = FIXED.centre }) => centre),
      ),
      text(
        'model',
        rows.map(({ model = 'm-chat' }) => model),
      ),
      count(
        'input',
        rows.map(({ input = '10' }) => BigInt(input)),
      ),
      count(
        'cached_input',
        rows.map(() => 2n),
      ),
      count(
        'output',
        rows.map(() => 3n),
      ),
      text('metadata.team', same('red')),
    ],
    rowGroupSize: 700,
  });
  return Buffer.from(buffer);
};

export const TYPES = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
} as const;

export interface HandIn {
  readonly type: string;
  readonly body: Buffer;
  readonly gzip?: boolean;
  readonly query?: string;
  readonly key: string;
}

export const handIn = (
  service: ServiceProcess,
  { type, body, gzip = false, query = '', key }: HandIn,
): Promise<Answer> =>
  service.ask(`/v1/imports${query}`, {
    body,
    key,
    headers: { 'Content-Type': type, ...(gzip && { 'Content-Encoding': 'gzip' }) },
  });

export type Shown = Readonly<Record<string, unknown>>;

/** Waits until the import has ended. */
export const untilEnded = (
  service: ServiceProcess,
  { id, key }: { readonly id: string; readonly key: string },
  timeoutMs = 60_000,
): Promise<Shown> =>
  until(
    `import ${id} has ended`,
    async () => {
      const { body } = await service.ask(`/v1/imports/${id}`, { method: 'GET', key });
      return body['status'] === 'done' || body['status'] === 'failed' ? body : undefined;
    },
    timeoutMs,
  );
