import { describe, expect, it } from '@jest/globals';
import { Malformed } from '@suanpan/event-sourcing';
import fc from 'fast-check';
import { binaryItem, headerText, isBinaryMode } from './binary-mode.js';

const HEADERS = ['ce-specversion', '1.0', 'Content-Type', 'application/json'];
const body = Buffer.from('{"tokens":{"input":9007199254740993}}');

describe('headerText', () => {
  it.each([
    ['plain', 'plain'],
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['%41', 'A'],
    ['100%25', '100%'],
    ['%2541', '%41'],
    ['"quoted \\"text\\" \\\\ here"', 'quoted "text" \\ here'],
    ['with space', 'with space'],
    ['', ''],
  ])('decodes %s', (value, text) => {
    expect(headerText(value)).toBe(text);
  });

  it.each([
    ['an overlong form', '%C0%A0'],
    ['half a character', '%E2%82'],
    ['a percent sign alone', '100%'],
    ['a percent sign before what is no byte', '%zz'],
    ['bytes beyond ASCII', 'caf\u00e9'],
    ['quotes that do not end', '"open'],
    ['text after the quotes', '"a"b'],
  ])('refuses %s', (_, value) => {
    expect(headerText(value)).toBeNull();
  });

  it('gives back every text that the binding encodes', () => {
    const encoded = (text: string): string =>
      [...Buffer.from(text, 'utf8')]
        .map((byte) =>
          byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x25
            ? String.fromCharCode(byte)
            : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
        )
        .join('');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(headerText(encoded(text))).toBe(text);
      }),
    );
  });
});

describe('an event in binary mode', () => {
  it('is the structured event that it stands for, to the last digit', () => {
    const item = binaryItem([...HEADERS, 'ce-id', 'e%201', 'CE-Region', 'cn-south'], body);
    const { tokens } = (item.value as { data: { tokens: unknown } }).data;
    // The exact parser shows what a double would hide: admission refuses it as too large.
    expect(tokens).toEqual({ input: 9007199254740992 });
    expect(item.raw.toString()).toBe(
      '{"specversion":"1.0","datacontenttype":"application/json","id":"e 1","region":"cn-south",' +
        '"data":{"tokens":{"input":9007199254740993}}}',
    );
  });

  it('is seen by any ce- header, whatever its case', () => {
    expect(isBinaryMode(['CE-ID', 'e1'])).toBe(true);
    expect(isBinaryMode(['Content-Type', 'application/json', 'Accept', 'ce-'])).toBe(false);
  });

  it.each([
    ['ce-id twice', ['ce-id', 'a', 'ce-id', 'b']],
    ['ce-datacontenttype beside Content-Type', ['ce-datacontenttype', 'application/json']],
    ['ce-data beside a body', ['ce-data', '{}']],
  ])('refuses %s as DUPLICATE_KEY', (_, more) => {
    const item = binaryItem([...HEADERS, ...more], body);
    expect(item.unreadable?.code).toBe('DUPLICATE_KEY');
  });

  it('refuses a header that is no text, and still knows the id', () => {
    const item = binaryItem([...HEADERS, 'ce-id', 'e1', 'ce-subject', '%C0%A0'], body);
    expect(item.unreadable).toMatchObject({ code: 'MALFORMED_HEADER', path: '$.subject' });
    expect(item.value).toMatchObject({ id: 'e1' });
  });

  it('B19 refuses attributes that reach for a prototype', () => {
    const item = binaryItem([...HEADERS, 'ce-__proto__', 'x'], body);
    expect(item.unreadable?.code).toBe('FORBIDDEN_KEY');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it.each(['{"a":', '{}, "id": "other"', '{}}', '', '\u0000'])(
    'is no command when its body is no JSON: %j',
    (text) => {
      const read = () => binaryItem(HEADERS, Buffer.from(text));
      expect(read).toThrow(Malformed);
    },
  );
});
