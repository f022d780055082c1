import { describe, expect, it } from '@jest/globals';
import { Malformed } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import { decode, encode } from './codec.js';
import { newestVersion, versions } from './versions.js';

const event = encode('usage.recorded', {
  ...{ tenant: 'shantou', source: 'gateway', id: 'call-1', time: 1_779_278_340_000_000n },
  ...{ contract: 'c', buyer: 'b', centre: 'z', modelOrdered: 'm' },
  kinds: { input: 10n, output: 20n },
  metadata: { note: '算盘' },
});

const outcome = (bytes: Buffer | null): string => {
  try {
    return decode(bytes).type;
  } catch (error) {
    if (error instanceof Malformed) return error.code;
    throw error;
  }
};

/** A message of a type with a body written by hand. */
const body = (type: string, ...bytes: readonly number[]): Buffer =>
  Buffer.concat([newestVersion(type).head, Buffer.from(bytes)]);

/** chain.head with a service of raw bytes. */
const headOf = (...service: readonly number[]): Buffer =>
  body('chain.head', 2 * service.length, ...service, 0, 0, 0);

describe('a record that is no message', () => {
  it.each<[string, string, Buffer | null]>([
    ['B60 no value', 'EMPTY_VALUE', null],
    ['B60 an empty value', 'EMPTY_VALUE', Buffer.alloc(0)],
    ['B61 one byte', 'DECODE_FAILED', Buffer.from([0xc3])],
    ['B61 JSON', 'DECODE_FAILED', Buffer.from('{"tenant":"shantou","tokens":1}')],
    ['B61 the wrong magic', 'DECODE_FAILED', Buffer.concat([Buffer.from([0xc3, 0x02]), event])],
    ['B61 Confluent framing without a registry', 'DECODE_FAILED', Buffer.alloc(20)],
    [
      'B62 an unknown fingerprint',
      'UNKNOWN_SCHEMA',
      Buffer.concat([Buffer.from([0xc3, 1]), Buffer.alloc(40)]),
    ],
    [
      'B62 half of a known one',
      'UNKNOWN_SCHEMA',
      Buffer.concat([event.subarray(0, 6), Buffer.alloc(40)]),
    ],
    ['B64 a byte after the message', 'TRAILING_DATA', Buffer.concat([event, Buffer.from([0])])],
    ['B64 the message twice', 'TRAILING_DATA', Buffer.concat([event, event])],
    ['B67 over a mebibyte', 'MESSAGE_TOO_LARGE', Buffer.concat([event, Buffer.alloc(1_048_576)])],
    ['D16 a text longer than the bytes', 'DECODE_FAILED', body('chain.head', 200, 1, 65)],
    ['D16 a text of negative length', 'DECODE_FAILED', body('chain.head', 1)],
    [
      'D16 a number that never ends',
      'DECODE_FAILED',
      body('chain.head', 0, ...Array<number>(11).fill(0xff)),
    ],
    [
      'D16 a number over 64 bits',
      'DECODE_FAILED',
      body('chain.head', 0, ...Array<number>(9).fill(0xff), 0x02, 0, 0),
    ],
    ['D16 a text that is not UTF-8', 'DECODE_FAILED', headOf(0xc3, 0x28)],
    ['D16 half a surrogate pair as UTF-8', 'DECODE_FAILED', headOf(0xed, 0xa0, 0x80)],
    [
      'D16 a length no number can hold',
      'DECODE_FAILED',
      body('chain.head', ...Array<number>(9).fill(0xff), 0x01),
    ],
  ])('%s is %s', (_name, code, bytes) => {
    expect(outcome(bytes)).toBe(code);
  });

  it('takes U+FFFD itself for the character that it is', () => {
    expect(decode(headOf(0xef, 0xbf, 0xbd)).value).toMatchObject({ service: '\ufffd' });
  });

  it('B67 takes a batch of pricing up to 8 MiB', () => {
    const rated = (items: number) => {
      const delta = {
        kind: 'x'.repeat(1_000),
        quantity: '1',
        calls: 1n,
        amount: '1',
        quarterHour: 0n,
      };
      const names = [
        'tenant',
        'contract',
        'buyer',
        'centre',
        'modelOrdered',
        'priceTable',
        'currency',
      ];
      const rest = ['priceVersion', 'price', 'billingState', 'servicePeriod', 'postingPeriod'];
      const texts = Object.fromEntries([...names, ...rest].map((name) => [name, '']));
      const counts = { rated: 0n, duplicate: 0n, conflict: 0n, unpriced: 0n, quarantined: 0n };
      const deltas = Array.from({ length: items }, () => ({ ...texts, ...delta }) as never);
      const offsets = { sourcePartition: 0, firstOffset: 0n, lastOffset: 0n };
      return encode('usage.rated', { sourceTopic: '', ...offsets, counts, deltas });
    };
    expect(outcome(rated(7_000))).toBe('usage.rated');
    expect(() => rated(9_000)).toThrow('bytes');
  });
});

describe('counts that the bytes do not pay for (D16)', () => {
  /** contracts of agreement.signed: everything before it is empty. */
  const claiming = (...count: readonly number[]) =>
    body('agreement.signed', 0, 0, 0, 0, 0, ...count);
  const fiftyMillion = [0x80, 0xe1, 0xeb, 0x2f];

  it.each([
    ['50,000,000 items in 5 bytes', claiming(...fiftyMillion)],
    ['2^52 items', claiming(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10)],
    ['−50,000,000 items with a size', claiming(0xff, 0xe0, 0xeb, 0x2f, 0)],
    ['a block longer than it says', claiming(1, 0, 2, 65, 0, 0)],
    ['a block shorter than it says', claiming(1, 20, 2, 65, 0, 0)],
  ])('refuses %s at once', (_name, bytes) => {
    const times = Array.from({ length: 5 }, () => {
      const start = process.hrtime.bigint();
      expect(outcome(bytes)).toBe('DECODE_FAILED');
      return Number(process.hrtime.bigint() - start);
    });
    expect(Math.min(...times)).toBeLessThan(5_000_000);
  });

  it('takes a block that says its size', () => {
    const sized = claiming(1, 4, 2, 65, 0, 0);
    expect(decode(sized).value).toMatchObject({ contracts: ['A'] });
  });
});

describe('maps', () => {
  const kinds = (...bytes: readonly number[]) =>
    body('usage.recorded', ...Array<number>(10).fill(0), ...bytes, ...Array<number>(41).fill(0));
  const entry = (key: string, value: number) => [2 * key.length, ...Buffer.from(key), value];

  it('refuses a key that comes twice: which of the two would be billed?', () => {
    expect(outcome(kinds(4, ...entry('input', 2), ...entry('input', 20), 0))).toBe('DECODE_FAILED');
  });

  it('refuses __proto__ (B19)', () => {
    expect(outcome(kinds(2, ...entry('__proto__', 2), 0))).toBe('DECODE_FAILED');
  });

  it('takes the keys that every object inherits as keys like others', () => {
    const bytes = kinds(4, ...entry('toString', 2), ...entry('input', 4), 0);
    expect(decode(bytes).value).toMatchObject({ kinds: { toString: 1n, input: 2n } });
  });
});

describe('whatever the bytes are', () => {
  it('a message cut anywhere is refused', () => {
    for (let length = 0; length < event.length; length += 1) {
      expect(outcome(event.subarray(0, length))).not.toBe('usage.recorded');
    }
  });

  it('B61 random bytes are refused with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1_000 }), (bytes) => {
        expect(['DECODE_FAILED', 'UNKNOWN_SCHEMA']).toContain(outcome(Buffer.from(bytes)));
      }),
    );
  });

  it('random bodies of every schema are read or refused, never a crash', () => {
    const head = fc.constantFrom(...versions.map((version) => version.head));
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 300 }), (start, bytes) => {
        expect(typeof outcome(Buffer.concat([start, bytes]))).toBe('string');
      }),
      { numRuns: 2_000 },
    );
  });

  it('a message with changed bytes is read or refused, never a crash', () => {
    const change = fc.tuple(fc.nat(event.length - 11), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(event);
        for (const [at, byte] of changes) bytes[10 + at] = byte;
        expect(typeof outcome(bytes)).toBe('string');
      }),
      { numRuns: 2_000 },
    );
  });
});
