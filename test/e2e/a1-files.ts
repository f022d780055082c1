/**
 * Scene A1 as a file: one row a call, handed in and read by the service.
 *
 * Shape       a CSV and a Parquet have one column for each kind, disjoint; lines are our own events.
 * Units       Parquet times: microseconds since the epoch
 * Source      docs/how-to-centre.md 12
 */
import type { DecodedArray, SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { ACCOUNT, allCalls, disjoint, type Call } from './a1-calls.js';
import { get, post, type Centre, type Told } from './a1-centre.js';
import { CENTRE, SOURCE } from './scene-a.js';
import { until } from './world.js';

const KINDS = ['input', 'cached_input', 'output', 'reasoning'] as const;
const SAME = { source: SOURCE, ...ACCOUNT, centre: CENTRE };
const ROW_GROUP = 1_000;

export const toCsv = (): Buffer => {
  const head = ['id', 'time', 'model', 'authorization', ...Object.keys(SAME), ...KINDS];
  const rowOf = (call: Call): string => {
    const kinds = disjoint(call);
    const own = [call.id, call.time, call.model, call.authorization ?? ''];
    return [...own, ...Object.values(SAME), ...KINDS.map((kind) => kinds[kind])].join(',');
  };
  return Buffer.from(`${[head.join(','), ...allCalls.map(rowOf)].join('\r\n')}\r\n`);
};

export const toLines = (): Buffer =>
  Buffer.from(allCalls.map(({ event }) => `${JSON.stringify(event)}\n`).join(''));

const FRACTION_DIGITS = 6;

/** Dates end at the millisecond, the scene's times at the microsecond. */
const microsOf = ({ time }: Call): bigint => {
  const [seconds = '', fraction = ''] = time.replace('Z', '').split('.');
  const epoch = Date.parse(`${seconds}Z`) / 1_000;
  return BigInt(`${epoch}${fraction.padEnd(FRACTION_DIGITS, '0')}`);
};

type Element = SchemaElement & { readonly data: DecodedArray };

const text = (name: string, valueOf: (call: Call) => string | null): Element => ({
  ...{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  repetition_type: name === 'authorization' ? 'OPTIONAL' : 'REQUIRED',
  data: allCalls.map(valueOf),
});

const long = (name: string, valueOf: (call: Call) => bigint): Element => ({
  ...{ name, type: 'INT64', repetition_type: 'REQUIRED' },
  data: BigInt64Array.from(allCalls.map(valueOf)),
});

export const toParquet = (): Buffer => {
  const columns: readonly Element[] = [
    text('id', ({ id }) => id),
    { ...long('time', microsOf), converted_type: 'TIMESTAMP_MICROS' },
    text('model', ({ model }) => model),
    text('authorization', ({ authorization }) => authorization),
    ...Object.entries(SAME).map(([name, value]) => text(name, () => value)),
    ...KINDS.map((kind) => long(kind, (call) => BigInt(disjoint(call)[kind]))),
  ];
  const columnData = columns.map(({ name, data }) => ({ name, data }));
  const elements = columns.map(({ data: _, ...element }) => element);
  const schema = [{ name: 'root', num_children: columns.length }, ...elements];
  return Buffer.from(parquetWriteBuffer({ columnData, schema, rowGroupSize: ROW_GROUP }));
};

interface Import {
  readonly import: string;
  readonly status: string;
  readonly accepted: number;
  readonly refusedByCode: Readonly<Record<string, number>>;
}

/** Hands the file in and waits until the service has read it. */
export const offerFile =
  (type: string, write: () => Buffer) =>
  async (centre: Centre): Promise<Told> => {
    const order = { path: '/v1/imports', type, body: write(), answers: [202] };
    const { body } = await post(centre, order);
    const path = `/v1/imports/${(body as Import).import}`;
    const ended = await until(`${path} to be read`, async () => {
      const shown = (await get(centre, path)) as Import;
      return shown.status === 'done' || shown.status === 'failed' ? shown : null;
    });
    if (ended.status !== 'done') throw new Error(`The import is ${JSON.stringify(ended)}.`);
    const refused = Object.entries(ended.refusedByCode).flatMap(([code, count]) =>
      Array.from({ length: count }, () => code),
    );
    return { accepted: ended.accepted, refused };
  };
