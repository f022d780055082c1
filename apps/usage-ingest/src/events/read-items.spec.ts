import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readItems } from './read-items.js';
import { readLine } from './read-line.js';

const items = (text: string) => {
  const read = readItems(Buffer.from(text), 'either');
  return Array.from({ length: read.count }, (_, index) => read.at(index));
};

describe('readItems', () => {
  it('keeps the exact bytes of each item', () => {
    expect(items('[ {"a" : 1} ,\n{"b":"ü"}]').map(({ raw }) => raw.toString())).toEqual([
      '{"a" : 1} ',
      '{"b":"ü"}',
    ]);
  });

  it('gives each item what a parser gives, whatever the layout', () => {
    const forbidden = /"(?:__proto__|constructor|prototype)":/;
    const object = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(object, { minLength: 1 }), fc.nat(3), (values, indent) => {
        fc.pre(!forbidden.test(JSON.stringify(values)));
        const text = JSON.stringify(values, null, indent);
        const exact = values.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
        expect(items(text).map(({ value }) => value)).toEqual(exact);
      }),
    );
  });

  it('sees only the item whose number needs it again', () => {
    const [exact, lossy] = items('[{"n":1},{"n":0.99999999999999999999}]');
    expect([exact?.value, lossy?.value]).toEqual([{ n: 1 }, { n: Number.NaN }]);
  });

  it('DUPLICATE_KEY for one item leaves its neighbour alone', () => {
    const codes = items('[{"n":1,"n":1},{"n":1}]').map((item) => item.unreadable?.code);
    expect(codes).toEqual(['DUPLICATE_KEY', undefined]);
  });

  it('EVENT_TOO_LARGE for one item of a batch', () => {
    const [large] = items(`[{"a":"${'a'.repeat(1_048_576)}"},{}]`);
    expect(large?.unreadable?.code).toBe('EVENT_TOO_LARGE');
  });
});

describe('readLine', () => {
  it.each([
    ['{"a":', 'MALFORMED_JSON'],
    ['{"a":1,"a":2}', 'DUPLICATE_KEY'],
    ['{"constructor":1}', 'FORBIDDEN_KEY'],
    ['['.repeat(100_001) + ']'.repeat(100_001), 'NESTING_LIMIT'],
    ['{"a":1}', undefined],
    ['5', undefined],
  ])('refuses a line alone, with its code', (text, code) => {
    expect(readLine({ number: 7, bytes: Buffer.from(text) }).unreadable?.code).toBe(code);
  });

  it('MALFORMED_UTF8 for a line that is no text', () => {
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    expect(readLine({ number: 1, bytes }).unreadable?.code).toBe('MALFORMED_UTF8');
  });

  it('EVENT_TOO_LARGE for a line that was not kept', () => {
    expect(readLine({ number: 1, bytes: null }).unreadable?.code).toBe('EVENT_TOO_LARGE');
  });
});
