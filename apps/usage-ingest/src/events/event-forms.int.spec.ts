import { once } from 'node:events';
import { createRequire } from 'node:module';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cloudEventSchema } from '@suanpan/messages';
import { sceneCalls } from '../../test/scene-calls.js';
import type * as Avsc from 'avsc';
import { LogWatch } from '../../test/log-watch.js';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../../test/running-service.js';
import { usageData, usageEvent } from '../../test/usage-event.js';
import type { Json } from '../../test/usage-event.js';

const avsc = createRequire(import.meta.url)('avsc') as typeof Avsc;
const type = avsc.Type.forSchema(cloudEventSchema as never, { wrapUnions: true });

let corner: Corner;
let service: ServiceProcess;
let recorded: LogWatch<'usage.recorded'>;

beforeAll(async () => {
  corner = await openCorner();
  service = await corner.start({ LATE_LIMIT_DAYS: '90' });
  recorded = new LogWatch(corner.stack, 'usage.recorded');
  await recorded.start();
}, 180_000);
afterAll(async () => {
  await recorded.stop();
  await corner.dispose();
}, 60_000);

const send = (body: string | Buffer, headers: Record<string, string>): Promise<Answer> =>
  service.ask('/v1/events', { key: corner.centreKey, body, headers });

const readBack = async (id: string) => {
  const [seen] = await recorded.find((value) => value.id === id);
  return seen?.value;
};

const headersOf = (event: Json): Record<string, string> =>
  Object.fromEntries(
    ['specversion', 'type', 'source', 'id', 'time'].map((name) => [
      `ce-${name}`,
      encodeURIComponent(String(event[name])),
    ]),
  );

/** The event as Avro, its data as JSON text in bytes. */
const avroOf = ({ data, ...attributes }: Json): Json => ({
  attribute: Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { string: value }]),
  ),
  data: { bytes: Buffer.from(JSON.stringify(data)) },
});

const avroFile = async (events: readonly Json[]): Promise<Buffer> => {
  const encoder = new avsc.streams.BlockEncoder(type);
  const pieces: Buffer[] = [];
  encoder.on('data', (piece: Buffer) => pieces.push(piece));
  for (const event of events) encoder.write(avroOf(event));
  encoder.end();
  await once(encoder, 'end');
  return Buffer.concat(pieces);
};

type Sent = (event: Json) => Promise<Answer>;
const FORMS: readonly (readonly [name: string, send: Sent])[] = [
  [
    'structured JSON',
    (event) => send(JSON.stringify(event), { 'Content-Type': 'application/cloudevents+json' }),
  ],
  ['binary mode', (event) => send(JSON.stringify(event['data']), headersOf(event))],
  [
    'Avro',
    (event) =>
      send(type.toBuffer(avroOf(event)), { 'Content-Type': 'application/cloudevents+avro' }),
  ],
  [
    'an Avro file',
    async (event) => send(await avroFile([event]), { 'Content-Type': 'application/avro' }),
  ],
  ['NDJSON', (event) => send(JSON.stringify(event), { 'Content-Type': 'application/x-ndjson' })],
];

describe.each(FORMS)('an event as %s', (form, sendIt) => {
  it('is recorded as it is said', async () => {
    const id = `é ${form}`.normalize('NFC');
    const answer = await sendIt(usageEvent(id));
    expect([answer.status, JSON.parse(answer.text.trim().split('\n').at(-1) ?? '')]).toEqual([
      202,
      expect.objectContaining({ accepted: 1 }),
    ]);
    expect(await readBack(id)).toMatchObject({ id, kinds: { input: 1200n, output: 300n } });
  });

  it.each(sceneCalls)('A1 $row has the same kinds', async ({ row, time, usage, kinds }) => {
    const { tokens: _own, ...data } = usageData();
    const id = `${form} ${row}`;
    const answer = await sendIt(usageEvent(id, { time, data: { ...data, usage } }));
    expect(answer.status).toBe(202);
    if (kinds === 'INCONSISTENT_COUNTS') expect(answer.text).toContain(kinds);
    else expect((await readBack(id))?.kinds).toEqual(kinds);
  });
});

interface HeaderRow {
  readonly row: string;
  readonly over: Readonly<Record<string, string>>;
  readonly code: string;
  readonly path: string;
}

const HEADER_ROWS: readonly HeaderRow[] = [
  { row: 'B29 without ce-id', over: { 'ce-id': '' }, code: 'INVALID_EVENT_ID', path: '$.id' },
  {
    row: 'an overlong escape',
    over: { 'ce-subject': '%C0%A0' },
    code: 'MALFORMED_HEADER',
    path: '$.subject',
  },
  {
    row: 'another specversion',
    over: { 'ce-specversion': '0.3' },
    code: 'UNSUPPORTED_SPECVERSION',
    path: '$.specversion',
  },
  {
    row: 'an extension with a hyphen',
    over: { 'ce-my-region': 'x' },
    code: 'INVALID_EXTENSION',
    path: '$["my-region"]',
  },
];

describe('binary mode', () => {
  const good = (id: string): Record<string, string> => headersOf(usageEvent(id));
  const body = JSON.stringify(usageData());

  it.each(HEADER_ROWS)('refuses an event: $row', async ({ row, over, code, path }) => {
    const answer = await send(body, { ...good(row.replaceAll(' ', '-')), ...over });
    expect([answer.status, answer.body['refused']]).toEqual([202, 1]);
    expect(answer.body['results']).toEqual([expect.objectContaining({ code, path })]);
  });

  it('refuses a header that stands twice', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      void import('node:http').then(({ request }) => {
        const headers = [
          ...['Content-Length', String(body.length), 'Host', new URL(service.url).host],
          ...Object.entries({ ...good('twice'), 'Content-Type': 'application/json' }).flat(),
          ...['ce-id', 'another', 'Authorization', `Bearer ${corner.centreKey}`],
        ];
        const call = request(`${service.url}/v1/events`, { method: 'POST', headers }, (got) => {
          let text = '';
          got.on('data', (piece: Buffer) => (text += piece.toString()));
          got.on('end', () => resolve(text));
        });
        call.on('error', reject).end(body);
      });
    });
    expect(answer).toContain('DUPLICATE_KEY');
  });

  it('is 415 with a body that is no JSON by name, 400 with one that is none', async () => {
    const text = await send(body, { ...good('text'), 'Content-Type': 'text/plain' });
    expect(text.status).toBe(415);
    const cut = await send('{"a":', good('cut'));
    expect([cut.status, cut.body['code']]).toEqual([400, 'MALFORMED_JSON']);
  });
});

describe('Avro', () => {
  it('B15 takes 10,000 events in one file', async () => {
    const events = Array.from({ length: 10_000 }, (_, index) => usageEvent(`many-${index}`));
    const answer = await send(await avroFile(events), { 'Content-Type': 'application/avro' });
    expect([answer.status, answer.body['accepted']]).toEqual([202, 10_000]);
  }, 60_000);

  it('D16 answers bytes that claim 50,000,000 items with 400, at once', async () => {
    const start = performance.now();
    const claims = Buffer.from([0x80, 0xe1, 0xeb, 0x17, 0x00]);
    const answer = await send(claims, { 'Content-Type': 'application/cloudevents+avro' });
    expect([answer.status, answer.body['code']]).toEqual([400, 'DECODE_FAILED']);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('B09 D16 answers a small file of millions of values with 413, and takes what follows', async () => {
    const large = Buffer.concat([
      ...[Buffer.of(0, 8), avsc.Type.forSchema('long').toBuffer(1_040_000)],
      Buffer.alloc(1_040_001),
    ]);
    const block = deflateRawSync(Buffer.concat(new Array<Buffer>(15).fill(large)));
    const sync = Buffer.alloc(16, 7);
    const head = avsc.Type.forSchema({ type: 'map', values: 'bytes' }).toBuffer({
      'avro.schema': Buffer.from(JSON.stringify(cloudEventSchema)),
      'avro.codec': Buffer.from('deflate'),
    });
    const sized = avsc.Type.forSchema('bytes').toBuffer(block);
    const begin = [Buffer.from('Obj\u0001'), head, sync, Buffer.of(30)];
    const file = Buffer.concat([...begin, sized, sync]);
    expect(file.length).toBeLessThan(20_000);
    const answer = await send(file, { 'Content-Type': 'application/avro' });
    expect([answer.status, answer.body['code']]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const after = await send(await avroFile([usageEvent('after-dense')]), {
      'Content-Type': 'application/avro',
    });
    expect([after.status, after.body['accepted']]).toEqual([202, 1]);
  });

  it('refuses data that is no JSON, with its path', async () => {
    const event = { ...avroOf(usageEvent('no-json')), data: { string: 'no JSON' } };
    const answer = await send(type.toBuffer(event), {
      'Content-Type': 'application/cloudevents+avro',
    });
    expect(answer.body['results']).toEqual([
      expect.objectContaining({ id: 'no-json', code: 'MALFORMED_JSON', path: '$.data' }),
    ]);
  });
});

describe('content encodings', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('%s is inflated', async (encoding, compress) => {
    const body = compress(JSON.stringify(usageEvent(`inflated ${encoding}`)));
    const answer = await send(body, { 'Content-Encoding': encoding });
    expect([answer.status, answer.body['accepted']]).toEqual([202, 1]);
  });
});
