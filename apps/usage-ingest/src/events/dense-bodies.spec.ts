import { deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { cloudEventSchema } from '@suanpan/messages';
import avsc from 'avsc';
import { pieceParser } from '../usage-bodies/parse-piece.js';
import { avroFileItems, avroFileSizeMax } from './avro-items.js';
import type { Item } from './item.js';
import { readItems, readWhole } from './read-items.js';
import { readLine } from './read-line.js';
import { checkedJson } from './structured-item.js';

const items = (text: string): readonly Item[] => {
  const read = readItems(Buffer.from(text), 'either');
  return Array.from({ length: read.count }, (_, index) => read.at(index));
};

/** Of three bytes a value, which a parser makes a hundred of. */
const dense = (values: number): string => `{"a":[${'{},'.repeat(values)}{}]}`;
const refusalOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
};

describe('B09 B15 D16 values are counted before they are made', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** How many characters the parser was given. */
  const parsedBy = (work: () => unknown): number => {
    const parse = jest.spyOn(JSON, 'parse');
    work();
    return parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
  };

  it('one event of too many bytes or values is not parsed, and its neighbours are', () => {
    const text = `[{"n":1},${dense(262_144)},{"a":"${'a'.repeat(1_048_576)}"},{"n":2}]`;
    let seen: readonly Item[] = [];
    expect(parsedBy(() => (seen = items(text)))).toBe('[{"n":1},null,null,{"n":2}]'.length);
    expect(seen.map((item) => item.unreadable?.code ?? item.value)).toEqual([
      ...[{ n: 1 }, 'EVENT_TOO_LARGE', 'EVENT_TOO_LARGE', { n: 2 }],
    ]);
  });

  it('a batch of too many values is refused whole, unparsed', () => {
    const batch = (events: number) => `[${new Array(events).fill(dense(9_900)).join()}]`;
    expect(items(batch(40))).toHaveLength(40);
    const parsed = parsedBy(() => {
      expect(refusalOf(() => items(batch(51)))).toBe('BATCH_TOO_LARGE');
    });
    expect(parsed).toBe(0);
  });

  it.each([
    ['a body', (text: string) => items(text), 'PAYLOAD_TOO_LARGE'],
    ['a body of any JSON', (text: string) => readWhole(Buffer.from(text)), 'PAYLOAD_TOO_LARGE'],
    ['data beside headers', (text: string) => checkedJson(Buffer.from(text)), 'EVENT_TOO_LARGE'],
    ['a piece of a stream', (text: string) => pieceParser()(text), 'EVENT_TOO_LARGE'],
  ])('%s of too many values is not parsed', (_name, read, code) => {
    const parsed = parsedBy(() => expect(refusalOf(() => read(dense(262_144)))).toBe(code));
    expect(parsed).toBe(0);
    expect(refusalOf(() => read(dense(50_000)))).toBeUndefined();
  });

  it('a line of too many values is refused alone', () => {
    const line = { number: 3, bytes: Buffer.from(dense(262_144)) };
    let item: Item | undefined;
    expect(parsedBy(() => (item = readLine(line)))).toBe(0);
    expect(item?.unreadable?.code).toBe('EVENT_TOO_LARGE');
  });

  it('the pieces of a stream have together no more values than a batch', () => {
    const parse = pieceParser();
    const piece = dense(99_000);
    for (let index = 0; index < 5; index += 1) parse(piece);
    expect(refusalOf(() => parse(piece))).toBe('EVENT_TOO_LARGE');
  });

  it('what is parsed to far more than its text is held for that', () => {
    const held: number[] = [];
    const hold = (bytes: number): unknown => held.push(bytes);
    readItems(Buffer.from(dense(1_000)), 'either', hold);
    readItems(Buffer.from('{"id":"a","data":{"model":"glm-4.6","tokens":1}}'), 'either', hold);
    expect(held).toEqual([2_004 * 64 - dense(1_000).length * 8]);
  });
});

describe('an Avro file', () => {
  it('D16 is held for what it inflates to, and may be as large as deflate allows', () => {
    const blob = (text: string | Buffer) =>
      avsc.Type.forSchema('bytes').toBuffer(Buffer.from(text));
    const event = Buffer.from([0, 2]);
    const block = deflateRawSync(Buffer.concat(new Array(1_000).fill(event)));
    const sync = Buffer.alloc(16, 7);
    const file = Buffer.concat([
      ...[Buffer.from('Obj\u0001'), Buffer.of(4), blob('avro.schema')],
      ...[blob(JSON.stringify(cloudEventSchema)), blob('avro.codec'), blob('deflate')],
      ...[Buffer.of(0), sync, Buffer.of(0xd0, 0x0f), blob(block), sync],
    ]);
    const held: number[] = [];
    expect(avroFileItems(file, (bytes) => held.push(bytes)).count).toBe(1_000);
    expect(held).toEqual([2_000]);
    expect(avroFileSizeMax(file)).toBe(file.length * 1_032);
    const plain = Buffer.from('Obj\u0001 as it is');
    expect(avroFileSizeMax(plain)).toBe(plain.length);
  });
});
