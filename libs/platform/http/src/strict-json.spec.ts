import { describe, expect, it } from '@jest/globals';
import { Malformed } from '@suanpan/event-sourcing';
import { parseStrictJson } from './strict-json.js';

const refusal = (body: string | Buffer): string => {
  try {
    parseStrictJson(Buffer.from(body));
    return 'accepted';
  } catch (error) {
    if (error instanceof Malformed) return error.code;
    throw error;
  }
};

describe('a command in JSON', () => {
  it.each([
    ['B01 nothing', '', 'EMPTY_BODY'],
    ['B01 only spaces', ' \n', 'EMPTY_BODY'],
    ['B02 a cut text', '{"a":', 'MALFORMED_JSON'],
    ['B03 NaN', '{"a":NaN}', 'MALFORMED_JSON'],
    ['B03 a trailing comma', '{"a":1,}', 'MALFORMED_JSON'],
    ['B03 a comment', '{"a":1 /* one */}', 'MALFORMED_JSON'],
    ['B19 __proto__', '{"__proto__":{"a":1}}', 'FORBIDDEN_KEY'],
    ['B19 an escaped __proto__', '{"\\u005f_proto__":{}}', 'FORBIDDEN_KEY'],
    ['B19 constructor.prototype', '{"a":{"constructor":{"prototype":{}}}}', 'FORBIDDEN_KEY'],
    ['the same key twice', '{"tokens":1,"tokens":1000}', 'DUPLICATE_KEY'],
    ['the same key in two objects', '{"a":{"b":1},"c":{"b":1}}', 'accepted'],
    ['the same key, once escaped', '{"a":1,"\\u0061":1}', 'DUPLICATE_KEY'],
    ['a fraction', '{"a":0.1}', 'INEXACT_NUMBER'],
    ['2^53 + 1', '{"a":9007199254740993}', 'INEXACT_NUMBER'],
    ['15 digits', '{"a":999999999999999}', 'accepted'],
    ['64 levels', '['.repeat(64) + ']'.repeat(64), 'accepted'],
    ['65 levels', '['.repeat(65) + ']'.repeat(65), 'NESTING_LIMIT'],
    ['100,000 levels', '['.repeat(100_000) + ']'.repeat(100_000), 'NESTING_LIMIT'],
    ['NUL', '{"a":"\\u0000"}', 'INVALID_TEXT'],
    ['half a surrogate pair', '{"a":"\\ud800"}', 'INVALID_TEXT'],
    ['a whole surrogate pair', '{"a":"\\ud83e\\uddee"}', 'accepted'],
    ['B07 a byte order mark', '\ufeff{"a":1}', 'accepted'],
  ])('%s', (_name, body, outcome) => {
    expect(refusal(body)).toBe(outcome);
  });

  it('refuses bytes that are not UTF-8 instead of replacing them', () => {
    expect(refusal(Buffer.from([0x22, 0xff, 0x22]))).toBe('MALFORMED_UTF8');
  });

  it('B19 leaves every prototype as it was', () => {
    refusal('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    expect(Reflect.has({}, 'polluted')).toBe(false);
  });
});
