import { createRequire } from 'node:module';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type * as Avsc from 'avsc';
import { Malformed } from '@suanpan/event-sourcing';
import { EventCursor, SkimmingCursor, takeAvroEvent } from './cloud-event-avro.js';
import { cloudEventSchema, readAvroEvent, readAvroEventFile } from './index.js';
import type { AvroEvent } from './index.js';

const avsc = createRequire(import.meta.url)('avsc') as typeof Avsc;
/** Another implementation of Avro, as a sender would use it. */
const type = avsc.Type.forSchema(cloudEventSchema as never, { wrapUnions: true });

const LIMITS = { events: 100, eventBytes: 10_000, inflatedBytes: 100_000, values: 2_000 };
const attribute = (id: string) => ({
  specversion: { string: '1.0' },
  id: { string: id },
  sampled: { boolean: true },
  sequence: { int: 7 },
  nothing: null,
});
const data = Buffer.from('{"tokens":{"input":9007199254740993}}');
const event = (id: string) => ({ attribute: attribute(id), data: { bytes: data } });

const fileOf = async (
  events: readonly unknown[],
  options: { codec?: string; schema?: unknown } = {},
): Promise<Buffer> => {
  const schema = (options.schema ?? type) as never;
  const encoder = new avsc.streams.BlockEncoder(schema, {
    codec: (options.codec ?? 'null') as never,
    codecs: {
      null: (bytes: Buffer, done: (error: Error | null, out: Buffer) => void) => done(null, bytes),
      deflate: (await import('node:zlib')).deflateRaw as never,
    } as never,
  });
  const pieces: Buffer[] = [];
  encoder.on('data', (piece: Buffer) => pieces.push(piece));
  for (const one of events) encoder.write(one);
  encoder.end();
  await once(encoder, 'end');
  return Buffer.concat(pieces);
};

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Malformed) return error.code;
    throw error;
  }
  return 'none';
};

describe('readAvroEvent', () => {
  it('reads what avsc writes: the attributes by type, the data as the text it was', () => {
    expect(readAvroEvent(type.toBuffer(event('e1')))).toEqual({
      attributes: [
        ['specversion', '1.0'],
        ['id', 'e1'],
        ['sampled', true],
        ['sequence', 7],
      ],
      data: { form: 'text', bytes: data },
    });
  });

  it('reads a JSON value in the types of the format', () => {
    const value = {
      model: { string: 'm-chat' },
      tokens: {
        'io.cloudevents.AvroCloudEventData': {
          value: { input: { double: 1200 }, deep: { map: { a: { value: { b: null } } } } },
        },
      },
    };
    const bytes = type.toBuffer({ attribute: {}, data: { map: value } });
    const read = readAvroEvent(bytes).data as Extract<AvroEvent['data'], { form: 'value' }>;
    expect(read.value).toEqual({
      model: 'm-chat',
      tokens: { input: 1200, deep: { a: { b: null } } },
    });
  });

  it('B61 refuses bytes that are no event, B64 bytes that follow one', () => {
    const bytes = type.toBuffer(event('e1'));
    expect(codeOf(() => readAvroEvent(bytes.subarray(0, -1)))).toBe('DECODE_FAILED');
    expect(codeOf(() => readAvroEvent(Buffer.from('not avro')))).toBe('DECODE_FAILED');
    expect(codeOf(() => readAvroEvent(Buffer.concat([bytes, Buffer.of(0)])))).toBe('TRAILING_DATA');
  });

  it('D16 a few bytes that claim 50,000,000 items, or a text of 2 GiB, cost nothing', () => {
    const start = performance.now();
    const claims = Buffer.from([0x80, 0xe1, 0xeb, 0x17, 0x00]);
    expect(codeOf(() => readAvroEvent(claims))).toBe('DECODE_FAILED');
    const array = Buffer.concat([Buffer.of(0, 8), claims]);
    expect(codeOf(() => readAvroEvent(array))).toBe('DECODE_FAILED');
    const text = Buffer.from([0x00, 0x0c, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x41]);
    expect(codeOf(() => readAvroEvent(text))).toBe('DECODE_FAILED');
    expect(performance.now() - start).toBeLessThan(50);
  });

  it('refuses nesting beyond the limit before the stack notices', () => {
    // One array of one object with one member "" that is an array of one object …
    const level = Buffer.from([0x02, 0x02, 0x00, 0x06]);
    const bytes = Buffer.concat([Buffer.of(0, 8), ...new Array<Buffer>(200_000).fill(level)]);
    expect(codeOf(() => readAvroEvent(bytes))).toBe('NESTING_LIMIT');
  });

  it.each([
    ['read', EventCursor],
    ['passed over', SkimmingCursor],
  ])('D16 ends after 10,000 values of a byte each when it is %s', (_how, Kind) => {
    const maps = (count: number): Buffer => {
      const bytes = Buffer.concat([Buffer.of(0, 8, 0, 0, 0), Buffer.alloc(count), Buffer.of(0)]);
      bytes.set([0x80 | ((count * 2) & 0x7f), 0x80 | ((count >> 6) & 0x7f), count >> 13], 2);
      return bytes;
    };
    const at = new Kind();
    at.open(maps(10_000), 0);
    takeAvroEvent(at);
    expect([at.values, at.left]).toEqual([10_000, 0]);
    at.open(maps(1_040_000), 0);
    expect(codeOf(() => takeAvroEvent(at))).toBe('PAYLOAD_TOO_LARGE');
    expect([at.values, at.position]).toEqual([10_001, 10_005]);
  });

  it('refuses a double that is no number of JSON, and a member that stands twice', () => {
    const bytes = type.toBuffer({ attribute: {}, data: { double: Number.NaN } });
    expect(codeOf(() => readAvroEvent(bytes))).toBe('DECODE_FAILED');
    const twice = Buffer.from([0x00, 0x06, 0x04, 0x02, 0x61, 0x00, 0x02, 0x61, 0x00, 0x00]);
    expect(codeOf(() => readAvroEvent(twice))).toBe('DECODE_FAILED');
  });
});

describe('readAvroEventFile', () => {
  it.each(['null', 'deflate'])('reads the files that avsc writes, codec %s', async (codec) => {
    const ids = Array.from({ length: 30 }, (_, index) => `e${index}`);
    const file = await fileOf(ids.map(event), { codec });
    const { count, at, inflatedBytes } = readAvroEventFile(file, LIMITS);
    const events = Array.from({ length: count }, (_, index) => at(index));
    expect(events.map(({ attributes }) => attributes[1]?.[1])).toEqual(ids);
    expect(inflatedBytes).toBe(codec === 'null' ? 0 : 30 * type.toBuffer(event('e10')).length - 10);
  });

  it('takes no other schema, whatever it says', async () => {
    const other = avsc.Type.forSchema({ type: 'array', items: 'null' });
    const file = await fileOf([[null]], { schema: other });
    expect(codeOf(() => readAvroEventFile(file, LIMITS))).toBe('UNKNOWN_SCHEMA');
  });

  it('B15 refuses more events than the limit, one event more is too many', async () => {
    const events = Array.from({ length: 101 }, (_, index) => event(`e${index}`));
    const most = await fileOf(events.slice(0, 100));
    expect(readAvroEventFile(most, LIMITS).count).toBe(100);
    const more = await fileOf(events);
    expect(codeOf(() => readAvroEventFile(more, LIMITS))).toBe('BATCH_TOO_LARGE');
  });

  it('B09 refuses an event beyond the limit before its value is built', async () => {
    const large = { ...event('e2'), data: { bytes: Buffer.alloc(10_001) } };
    const file = await fileOf([event('e1'), large, event('e3')]);
    expect(codeOf(() => readAvroEventFile(file, LIMITS))).toBe('PAYLOAD_TOO_LARGE');
  });

  it('D16 refuses more values than the limit, though each is a byte', async () => {
    const map = { map: { a: { double: 1 }, b: { double: 2 } } };
    const full = { ...event('e1'), data: map };
    // Five attributes and two members each.
    const limits = { ...LIMITS, values: 14 };
    expect(readAvroEventFile(await fileOf([full, full]), limits).count).toBe(2);
    const more = await fileOf([full, full, full]);
    expect(codeOf(() => readAvroEventFile(more, limits))).toBe('BATCH_TOO_LARGE');
  });

  it('D16 builds an event when it is asked for, and says then that its text is none', async () => {
    const bytes = await fileOf([event('e1'), event('bad'), event('e3')]);
    bytes[bytes.indexOf('bad')] = 0xff;
    const file = readAvroEventFile(bytes, LIMITS);
    expect(file.at(0).attributes[1]).toEqual(['id', 'e1']);
    expect(codeOf(() => file.at(1))).toBe('DECODE_FAILED');
    expect(file.at(2).attributes[1]).toEqual(['id', 'e3']);
  });

  it('B10 inflates no further than the limit', async () => {
    const bomb = { ...event('e1'), data: { bytes: Buffer.alloc(50_000_000) } };
    const file = await fileOf([bomb], { codec: 'deflate' });
    expect(file.length).toBeLessThan(60_000);
    const start = performance.now();
    expect(codeOf(() => readAvroEventFile(file, LIMITS))).toBe('PAYLOAD_TOO_LARGE');
    expect(performance.now() - start).toBeLessThan(200);
  });

  it('refuses a file that is cut, and a block that lies about its count', async () => {
    const file = await fileOf([event('e1')]);
    for (let length = 0; length < file.length; length += 1) {
      const code = codeOf(() => readAvroEventFile(file.subarray(0, length), LIMITS));
      // A file of a head alone is one without events.
      expect(['DECODE_FAILED', 'UNKNOWN_SCHEMA', 'none']).toContain(code);
    }
  });
});
