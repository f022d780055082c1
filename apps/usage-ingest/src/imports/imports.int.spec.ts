import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { until } from '@suanpan/platform-testing';
import {
  CSV_HEAD,
  csvOf,
  csvRow,
  handIn,
  ndjsonOf,
  parquetOf,
  TYPES,
  untilEnded,
} from '../../test/import-files.js';
import type { FileRow, HandIn, Shown } from '../../test/import-files.js';
import { KafkaProxy } from '../../test/kafka-proxy.js';
import { countRecords, LogWatch } from '../../test/log-watch.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../../test/running-service.js';

let corner: Corner;
let broker: KafkaProxy;
let service: ServiceProcess;
let watch: LogWatch<'usage.recorded'>;
let folder: string;

beforeAll(async () => {
  corner = await openCorner();
  broker = new KafkaProxy(corner.env['KAFKA_BROKERS'] ?? '');
  await broker.open();
  folder = await mkdtemp(join(tmpdir(), 'suanpan-imports-'));
  service = await start();
  watch = new LogWatch(corner.stack, 'usage.recorded');
  await watch.start();
}, 180_000);
afterAll(async () => {
  await watch.stop();
  await corner.dispose();
  await broker.shut();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const start = (more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> =>
  corner.start({ IMPORTS_DIR: folder, KAFKA_BROKERS: broker.brokers, ...more });

const rowsOf = (prefix: string, count: number): readonly FileRow[] =>
  Array.from({ length: count }, (_, at) => ({ id: `${prefix}-${at}` }));

type Order = Omit<HandIn, 'key'> & { readonly key?: string };

const send = (order: Order, by: ServiceProcess = service): Promise<Answer> =>
  handIn(by, { key: corner.centreKey, ...order });

const idOf = ({ body }: Answer): string => String(body['import']);

const ended = (answer: Answer, by: ServiceProcess = service): Promise<Shown> =>
  untilEnded(by, { id: idOf(answer), key: corner.centreKey });

/** Hands a file in and waits for its end. */
const whole = async (order: Order): Promise<Shown> => {
  const answer = await send(order);
  expect([answer.status, answer.body['code'] ?? null]).toEqual([202, null]);
  return ended(answer);
};

const idsSeen = (prefix: string): ReadonlySet<string> =>
  new Set(watch.seen.map(({ value }) => value.id).filter((id) => id.startsWith(`${prefix}-`)));

const csv = { type: TYPES.csv };
const text = (...lines: readonly string[]): Buffer => Buffer.from(lines.join('\n'));

describe('a file of usage', () => {
  it.each([
    ['csv', TYPES.csv, csvOf, false],
    ['csv.gz', TYPES.csv, csvOf, true],
    ['ndjson', TYPES.ndjson, ndjsonOf, false],
    ['ndjson.gz', TYPES.ndjson, ndjsonOf, true],
    ['parquet', TYPES.parquet, parquetOf, false],
    ['parquet.gz', TYPES.parquet, parquetOf, true],
  ])('as %s goes row by row the way of every event', async (...[name, type, build, gzip]) => {
    const prefix = `f-${name}`;
    const plain = build(rowsOf(prefix, 2_500));
    const result = await whole({ type, body: gzip ? gzipSync(plain) : plain, gzip });
    expect(result).toMatchObject({
      ...{ status: 'done', centre: 'gz', gzip, dryRun: false, code: null, errors: null },
      ...{ rows: 2_500, accepted: 2_500, refused: 0 },
      tokens: [
        { model: 'm-chat', kinds: { input: '25000', cached_input: '5000', output: '7500' } },
      ],
    });
    await until('all are on the log', () => (idsSeen(prefix).size === 2_500 ? true : undefined));
    const [seen] = await watch.find(({ id }) => id === `${prefix}-0`);
    expect(seen?.value).toMatchObject({
      ...{ tenant: 'shantou', source: 'gz/vllm-1', contract: 'c-1', centre: 'gz' },
      kinds: { input: 10n, cached_input: 2n, output: 3n },
      time: 1_781_517_600_000_000n,
      metadata: { team: 'red' },
    });
  });

  it('that is handed in again is the same import, by its SHA-256', async () => {
    const body = csvOf(rowsOf('again', 10));
    const first = await send({ ...csv, body });
    await ended(first);
    const before = await countRecords(corner.stack, ['usage.recorded']);
    const second = await send({ ...csv, body, query: '?name=other.csv' });
    expect([first.status, second.status, idOf(second)]).toEqual([202, 200, idOf(first)]);
    expect(second.body).toMatchObject({ status: 'done', rows: 10, accepted: 10 });
    expect(await countRecords(corner.stack, ['usage.recorded'])).toEqual(before);
    const path = `/v1/imports?sha256=${String(first.body['sha256'])}`;
    const list = await service.ask(path, { method: 'GET', key: corner.centreKey });
    expect(list.body['data']).toMatchObject([{ import: idOf(first) }]);
  });

  it('that two requests hand in at once is one import', async () => {
    const body = csvOf(rowsOf('twice', 10));
    const answers = await Promise.all([1, 2, 3].map(() => send({ ...csv, body })));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    for (const { status } of answers) expect([200, 202]).toContain(status);
    for (const answer of answers) expect(await ended(answer)).toMatchObject({ accepted: 10 });
  });

  it('lies on the disk only while it is needed', async () => {
    expect((await readdir(folder)).filter((name) => !name.endsWith('.part'))).toEqual([]);
  });
});

describe('a dry run', () => {
  it('adds up exactly and records nothing; the same file can then be imported', async () => {
    const body = csvOf([
      { id: 'dry-1', input: '1000000000000000000' },
      { id: 'dry-2', input: '1000000000000000000' },
      { id: 'dry-3', model: 'm-other', input: '9007199254740993' },
      { id: 'dry-4', input: '-1' },
      { id: 'dry-5', input: '1.5' },
      { id: '', input: '5' },
    ]);
    const before = await countRecords(corner.stack, ['usage.recorded', 'usage.refused']);
    expect(await whole({ ...csv, body, query: '?dryRun=true' })).toMatchObject({
      ...{ status: 'done', dryRun: true, rows: 6, accepted: 3, refused: 3 },
      refusedByCode: { INVALID_EVENT_ID: 1, NEGATIVE_QUANTITY: 1, NOT_INTEGER: 1 },
      tokens: [
        {
          model: 'm-chat',
          kinds: { input: '2000000000000000000', cached_input: '4', output: '6' },
        },
        { model: 'm-other', kinds: { input: '9007199254740993', cached_input: '2', output: '3' } },
      ],
    });
    expect(await countRecords(corner.stack, ['usage.recorded', 'usage.refused'])).toEqual(before);
    expect(await whole({ ...csv, body })).toMatchObject({ dryRun: false, accepted: 3, refused: 3 });
  });
});

describe('what was refused', () => {
  it('stands in a file with the number of its row, its column and why', async () => {
    const bad = `bad,other/source,2026-06-15T10:00:00Z,c-1,b-1,gz,m,1,,,`;
    const body = text(
      CSV_HEAD,
      csvRow({ id: 'ok-1' }),
      bad,
      'short',
      csvRow({ id: 'e', input: '' }),
    );
    const result = await whole({ ...csv, body });
    expect(result).toMatchObject({ rows: 4, accepted: 2, refused: 2 });
    const path = String(result['errors']);
    const answer = await service.ask(path, { method: 'GET', key: corner.centreKey });
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    expect(answer.text.replace('\ufeff', '').split('\r\n')).toEqual([
      'row,column,path,code,detail',
      '3,source,$.source,SOURCE_NOT_ALLOWED,"""other/source"" is not this credential\'s."',
      '4,,$,COLUMN_COUNT,"The row has 1 cells, the header 11."',
      '',
    ]);
  });

  it('is sealed where it is kept, and nobody else reads it', async () => {
    const body = csvOf([{ id: 'sealed-canary', input: 'canary-words' }]);
    const result = await whole({ ...csv, body });
    const rows = await corner.stack.asSuperuser<{ sealed: Buffer }>(
      'select sealed from import_error',
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { sealed } of rows) expect(sealed.includes('canary-words')).toBe(false);
    await corner.putCentre('shantou', 'hz', 'active');
    await corner.putCentre('other', 'gz', 'active');
    const strangers = [await corner.keyOf('shantou', 'hz'), await corner.keyOf('other', 'gz')];
    for (const key of [...strangers, await corner.keyOf('other', null)]) {
      for (const path of [String(result['errors']), `/v1/imports/${String(result['import'])}`]) {
        expect((await service.ask(path, { method: 'GET', key })).status).toBe(404);
      }
      const list = await service.ask('/v1/imports', { method: 'GET', key });
      expect(list.body['data']).toEqual([]);
    }
    const path = String(result['errors']);
    const operator = await service.ask(path, { method: 'GET', key: corner.operatorKey });
    expect(operator.text).toContain('canary-words');
  });
});

describe('B84 a file that is no such table', () => {
  it.each([
    ['a missing column', 'id,source,time\na,b,c', 'MISSING_COLUMN'],
    ['a column twice', `${CSV_HEAD},input\n`, 'DUPLICATE_COLUMN'],
    ['a column that no event has', `${CSV_HEAD},=1+1\n`, 'UNKNOWN_COLUMN'],
    ['a header and no row', `${CSV_HEAD}\n`, 'EMPTY_FILE'],
    ['only blank lines', '\n\n', 'UNKNOWN_COLUMN'],
    ['a quote that never ends', `${CSV_HEAD}\n"`, 'INVALID_CSV'],
  ])('with %s fails whole, with a reason', async (_name, content, code) => {
    const result = await whole({ ...csv, body: Buffer.from(content) });
    expect(result).toMatchObject({ status: 'failed', code, rows: 0, accepted: 0 });
    expect(String(result['detail']).length).toBeGreaterThan(10);
  });

  it('breaks in the middle: the rows before it count, and it says where', async () => {
    const good = rowsOf('broken', 1_500).map(csvRow);
    const body = text(CSV_HEAD, ...good, 'a"b,"', csvRow({ id: 'broken-after' }));
    const result = await whole({ ...csv, body });
    expect(result).toMatchObject({ status: 'failed', code: 'INVALID_CSV', accepted: 1_500 });
    await until('they are on the log', () => (idsSeen('broken').size === 1_500 ? true : undefined));
  });

  it('with `;`, a byte order mark and CRLF in quotes is read', async () => {
    const row = csvRow({ id: 'semi-1' }).replaceAll(',', ';').replace('red', '"re\r\n;d"');
    const body = Buffer.from(`\ufeff${CSV_HEAD.replaceAll(',', ';')}\r\n${row}\r\n`);
    expect(await whole({ ...csv, body })).toMatchObject({ status: 'done', rows: 1, accepted: 1 });
    const [seen] = await watch.find(({ id }) => id === 'semi-1');
    expect(seen?.value.metadata).toEqual({ team: 're\r\n;d' });
  });

  it('an NDJSON without a line fails too; a line that is no event is refused alone', async () => {
    const empty = await whole({ type: TYPES.ndjson, body: Buffer.from('\n\n') });
    expect(empty).toMatchObject({ status: 'failed', code: 'EMPTY_FILE' });
    const body = Buffer.concat([ndjsonOf([{ id: 'line-1' }]), Buffer.from('\n{"a":\n{}\n')]);
    const result = await whole({ type: TYPES.ndjson, body });
    expect(result).toMatchObject({ rows: 3, accepted: 1, refused: 2 });
  });
});

describe('B85 the name of a file', () => {
  it('never becomes a path, and is shown without what misleads', async () => {
    const name = encodeURIComponent(`../../etc/\u202e\u0000${'n'.repeat(4_000)}.csv`);
    const answer = await send({ ...csv, body: csvOf(rowsOf('named', 1)), query: `?name=${name}` });
    expect(answer.body['name']).toBe('n'.repeat(120));
    expect(await ended(answer)).toMatchObject({ status: 'done' });
  });
});

describe('B86 a file that is something else', () => {
  it.each([
    ['a PDF', TYPES.csv, Buffer.from('%PDF-1.7 and so on'), false],
    ['a PNG', TYPES.ndjson, Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), false],
    ['a ZIP', TYPES.parquet, Buffer.from('PK\u0003\u0004'), false],
    ['a gzip that is not said', TYPES.csv, gzipSync(CSV_HEAD), false],
    ['a CSV that is said to be a gzip', TYPES.csv, Buffer.from(CSV_HEAD), true],
    ['a type that is not read', 'application/pdf', Buffer.from('%PDF'), false],
  ])('%s is 415, and nothing is kept', async (...[, type, body, gzip]) => {
    const before = await readdir(folder);
    const answer = await send({ type, body, gzip });
    expect([answer.status, answer.body['code']]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await readdir(folder)).toEqual(before);
  });

  it.each([
    ['cut in the middle', (file: Buffer) => file.subarray(0, file.length / 2)],
    [
      'with a damaged description',
      (file: Buffer) => Buffer.from(file).fill(0xff, file.length - 60, file.length - 8),
    ],
    ['with pages of noise', (file: Buffer) => Buffer.from(file).fill(0xab, 4, 400)],
    [
      'whose description is said to be huge',
      (file: Buffer) => Buffer.from(file).fill(0x7f, file.length - 8, file.length - 4),
    ],
    ['of its magic bytes alone', () => Buffer.from('PAR1PAR1')],
  ])('a Parquet file %s fails with a reason, and the service lives', async (_name, spoil) => {
    const body = spoil(parquetOf(rowsOf('spoiled', 1_000)));
    const result = await whole({ type: TYPES.parquet, body });
    expect(result['status']).toBe('failed');
    expect(['INVALID_PARQUET', 'ARCHIVE_LIMIT']).toContain(result['code']);
    expect(service.alive).toBe(true);
  });
});

describe('who hands a file in', () => {
  it('the operator names the centre, and may use each of its sources', async () => {
    const body = text(CSV_HEAD, csvRow({ id: 'op-1' }).replace('gz/vllm-1', 'gz/any-other'));
    const key = corner.operatorKey;
    const unnamed = await send({ ...csv, body, key });
    expect([unnamed.status, unnamed.body['code']]).toEqual([422, 'CENTRE_REQUIRED']);
    const unknown = await send({ ...csv, body, key, query: '?centre=nobody' });
    expect([unknown.status, unknown.body['code']]).toEqual([403, 'CENTRE_UNKNOWN']);
    const named = await send({ ...csv, body, key, query: '?centre=gz' });
    expect(await ended(named)).toMatchObject({ centre: 'gz', accepted: 1 });
  });

  it('a centre hands in its own files only', async () => {
    const answer = await send({ ...csv, body: csvOf([{ id: 'x' }]), query: '?centre=hz' });
    expect([answer.status, answer.body['code']]).toEqual([403, 'CENTRE_MISMATCH']);
    const other = text(CSV_HEAD, csvRow({ id: 'theirs' }).replace(',gz,', ',hz,'));
    expect(await whole({ ...csv, body: other })).toMatchObject({
      refusedByCode: { CENTRE_MISMATCH: 1 },
    });
  });

  it.each([
    ['?dryRun=perhaps', 400],
    ['?separator=x', 400],
    ['?unknown=1', 400],
  ])('with the query %s is %d', async (query, status) => {
    expect((await send({ ...csv, body: csvOf([{ id: 'x' }]), query })).status).toBe(status);
  });

  it('a centre with a hundred files that wait is told to come back', async () => {
    const plant = `insert into import_file (tenant, centre, import_id, name, format, gzip, dry_run,
        sha256, bytes, credential, operator, sources, scopes, status, tally)
      select 'shantou', 'busy', 'imp_' || n, 'f', 'csv', false, false, 'x', 1, 'k', false, '{}', '{}',
        'waiting', '{"refusedByCode":{},"tokens":{}}' from generate_series(1, 100) n`;
    await corner.putCentre('shantou', 'busy', 'active');
    await corner.stack.asSuperuser(plant);
    const key = await corner.keyOf('shantou', 'busy');
    const answer = await send({ ...csv, body: csvOf([{ id: 'x' }]), key });
    expect([answer.status, answer.body['code']]).toEqual([429, 'TOO_MANY_IMPORTS']);
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(await readdir(folder)).toEqual([]);
  });

  it('with another encoding than gzip is 415', async () => {
    const answer = await service.ask('/v1/imports', {
      key: corner.centreKey,
      body: 'x',
      headers: { 'Content-Type': TYPES.csv, 'Content-Encoding': 'br' },
    });
    expect([answer.status, answer.body['code']]).toEqual([415, 'UNSUPPORTED_ENCODING']);
  });

  it('an empty body is 400, one beyond the limit 413', async () => {
    expect((await send({ ...csv, body: Buffer.alloc(0) })).body['code']).toBe('EMPTY_BODY');
    const small = await start({ IMPORT_BYTES_MAX: '1000' });
    const answer = await send({ ...csv, body: csvOf(rowsOf('large', 100)) }, small);
    expect([answer.status, answer.body['code']]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    await small.stop();
  }, 60_000);
});

describe('F01 a process that is killed with kill -9 while it reads a file', () => {
  const killedWhileReading = async (
    name: string,
    type: string,
    build: (rows: readonly FileRow[]) => Buffer,
  ): Promise<void> => {
    // Only the doomed process may see the file, else another takes it over.
    const own = await mkdtemp(join(tmpdir(), 'suanpan-imports-'));
    await corner.putCentre('shantou', name, 'active');
    const key = await corner.keyOf('shantou', name);
    const env = { IMPORTS_DIR: own };
    const doomed = await start({ ...env, CRASH_AT: 'import.before-progress#3' });
    const body = build(rowsOf(`kill-${name}`, 5_000).map((row) => ({ ...row, centre: name })));
    const answer = await send({ type, body, key }, doomed);
    await until('it is dead', () => (doomed.alive ? undefined : true));
    const path = `/v1/imports/${idOf(answer)}`;
    const between = await service.ask(path, { method: 'GET', key });
    expect(between.body).toMatchObject({ status: 'running', rows: 2_000, accepted: 2_000 });
    const heir = await start(env);
    expect(await untilEnded(heir, { id: idOf(answer), key })).toMatchObject({
      ...{ status: 'done', rows: 5_000, accepted: 5_000, refused: 0 },
      tokens: [{ kinds: { input: '50000' } }],
    });
    const prefix = `kill-${name}`;
    await until('all are on the log', () => (idsSeen(prefix).size === 5_000 ? true : undefined));
    // The third thousand was on the log and not counted: it alone was sent twice.
    const times = watch.seen.filter(({ value }) => value.id.startsWith(`${prefix}-`)).length;
    expect(times).toBe(6_000);
    await heir.stop();
    await rm(own, { recursive: true, force: true });
  };

  // A lease is waited for in each: all three at once.
  let runs: ReadonlyMap<string, Promise<void>>;
  beforeAll(() => {
    const begun = [
      ['csv', killedWhileReading('csv', TYPES.csv, csvOf)],
      ['ndjson', killedWhileReading('ndjson', TYPES.ndjson, ndjsonOf)],
      ['parquet', killedWhileReading('parquet', TYPES.parquet, parquetOf)],
    ] as const;
    for (const [, run] of begun) run.catch(() => undefined);
    runs = new Map(begun);
  });

  it.each(['csv', 'ndjson', 'parquet'])(
    '%s: the next one goes on after the last row that the log has',
    async (name) => {
      expect(runs.has(name)).toBe(true);
      await runs.get(name);
    },
    120_000,
  );
});

describe('F08 while the broker is away', () => {
  it('a file waits, and goes on when it is back', async () => {
    await broker.shut();
    let away = true;
    try {
      const answer = await send({ ...csv, body: csvOf(rowsOf('away', 1_200)) });
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const path = `/v1/imports/${idOf(answer)}`;
      const waiting = await service.ask(path, { method: 'GET', key: corner.centreKey });
      expect(waiting.body).toMatchObject({ status: 'waiting', accepted: 0 });
      await broker.open();
      away = false;
      expect(await ended(answer)).toMatchObject({ status: 'done', accepted: 1_200 });
    } finally {
      if (away) await broker.open();
    }
  }, 120_000);
});

describe('B27 a centre that has spent its day', () => {
  it('has its file wait with what fitted, and holds up no other centre', async () => {
    await corner.putCentre('shantou', 'small', 'active');
    const limits = { eventsPerSecond: 10_000, eventsPerDay: 1_700 };
    const put = await service.ask('/v1/centres/small/limits', {
      method: 'PUT',
      key: corner.operatorKey,
      body: JSON.stringify(limits),
    });
    expect([put.status, put.body['code'] ?? null]).toEqual([200, null]);
    const key = await corner.keyOf('shantou', 'small');
    const own = csvOf(rowsOf('spent', 2_500)).toString().replaceAll(',gz,', ',small,');
    const answer = await send({ ...csv, body: Buffer.from(own), key });
    const shown = () => service.ask(`/v1/imports/${idOf(answer)}`, { method: 'GET', key });
    await until('its day is spent', async () =>
      (await shown()).body['accepted'] === 1_700 ? true : undefined,
    );
    expect(await whole({ ...csv, body: csvOf(rowsOf('beside', 100)) })).toMatchObject({
      accepted: 100,
    });
    expect((await shown()).body).toMatchObject({ status: 'running', rows: 1_700, refused: 0 });
  }, 60_000);
});

describe('memory', () => {
  it('does not grow with the file: a dry run of 150,000 rows', async () => {
    const line = `${csvRow({ id: 'many' })}\n`;
    const body = gzipSync(
      Buffer.concat([Buffer.from(`${CSV_HEAD}\n`), Buffer.from(line.repeat(150_000))]),
      {
        level: 1,
      },
    );
    const answer = await send({ ...csv, body, gzip: true, query: '?dryRun=true' });
    let most = 0;
    const done = ended(answer);
    for (let over = false; !over;) {
      most = Math.max(most, service.memory);
      const pause = new Promise((resolve) => setTimeout(resolve, 100, 'more'));
      over = (await Promise.race([done, pause])) !== 'more';
    }
    expect(await done).toMatchObject({ status: 'done', rows: 150_000 });
    expect(most).toBeLessThan(400);
  }, 120_000);
});
