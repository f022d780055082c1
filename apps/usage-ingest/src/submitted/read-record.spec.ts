import { describe, expect, it } from '@jest/globals';
import { WITHHELD_HEADER } from '@suanpan/platform-kafka';
import type { LoggedRecord } from '@suanpan/platform-kafka';
import { avroCloudEvent } from '../../test/avro-cloud-event.js';
import { usageEvent } from '../../test/usage-event.js';
import { readRecord } from './read-record.js';

const record = (
  value: Buffer | string | null,
  headers: Readonly<Record<string, string>> = {},
): LoggedRecord => ({
  ...{ offset: 7n, key: null, timestamp: 0n, headers },
  value: typeof value === 'string' ? Buffer.from(value) : value,
});

const event = usageEvent('call-1', { traceparent: '00-4bf9-00f0-01' });
const json = JSON.stringify(event);
const { data, ...attributes } = event as { data: object } & Record<string, string>;
const ceHeaders = Object.fromEntries(
  Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]),
);
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
const AVRO = { 'content-type': 'application/cloudevents+avro' };
const avroBytes = avroCloudEvent(attributes, data);

describe('a record of a centre’s topic', () => {
  it.each([
    ['structured JSON', record(json, STRUCTURED), event],
    ['JSON without a word about it', record(json), event],
    ['JSON called JSON', record(json, { 'content-type': 'application/json' }), event],
    [
      'binary mode',
      record(JSON.stringify(data), { ...ceHeaders, 'content-type': 'application/json' }),
      { ...event, datacontenttype: 'application/json' },
    ],
    ['binary mode without a content-type', record(JSON.stringify(data), ceHeaders), event],
    ['Avro', record(avroBytes, AVRO), event],
  ])('%s is the same event', (_name, given, value) => {
    expect(readRecord(given, 3)).toMatchObject({ index: 3, unreadable: null, deep: false, value });
  });

  it.each([
    ['B60 no value', record(null, STRUCTURED), 'EMPTY_VALUE'],
    ['B60 an empty value', record(''), 'EMPTY_VALUE'],
    ['B60 a tombstone in binary mode', record(null, ceHeaders), 'EMPTY_VALUE'],
    ['B61 random bytes', record(Buffer.from([0xc3, 0x01, 0xff, 0x00])), 'MALFORMED_UTF8'],
    ['B61 Avro called JSON', record(avroBytes, STRUCTURED), 'MALFORMED_UTF8'],
    ['B61 JSON called Avro', record(json, AVRO), 'DECODE_FAILED'],
    ['B61 half of an event', record(json.slice(0, 90)), 'MALFORMED_JSON'],
    [
      'B64 bytes behind an event in Avro',
      record(Buffer.concat([avroBytes, Buffer.from('x')]), AVRO),
      'TRAILING_DATA',
    ],
    ['B64 a second event behind the first', record(`${json}${json}`), 'MALFORMED_JSON'],
    ['B67 an event over 1 MiB', record('x'.repeat(1_048_577)), 'EVENT_TOO_LARGE'],
    [
      'B67 a withheld record',
      record('x', { [WITHHELD_HEADER]: 'INFLATED_LIMIT' }),
      'INFLATED_LIMIT',
    ],
    [
      'a batch format',
      record('[]', { 'content-type': 'application/cloudevents-batch+json' }),
      'UNSUPPORTED_FORMAT',
    ],
    [
      'another charset',
      record(json, { 'content-type': 'application/cloudevents+json; charset=gbk' }),
      'UNSUPPORTED_FORMAT',
    ],
    [
      'a header that is not UTF-8',
      record('{}', { ...ceHeaders, ce_id: '\ufffd' }),
      'MALFORMED_HEADER',
    ],
    ['a header that says data', record('{}', { ...ceHeaders, ce_data: '1' }), 'MALFORMED_HEADER'],
    ['a key that stands twice', record('{"a":1,"a":2}', ceHeaders), 'DUPLICATE_KEY'],
  ])('%s is refused', (_name, given, code) => {
    expect(readRecord(given, 0).unreadable?.code).toBe(code);
  });

  it.each(['toString', '__proto__', 'EMPTY_VALUE', 'anything'])(
    'B67 a sender’s own header suanpan-withheld: %s says nothing',
    (said) => {
      const item = readRecord(record(json, { 'suanpan-withheld': said }), 0);
      expect(item).toMatchObject({ unreadable: null, value: event });
    },
  );

  it.each(['toString', '__proto__', 'constructor', 'x'])(
    'B67 a reason that is none of ours, %s, is a refusal with a code and a detail',
    (reason) => {
      const item = readRecord(record('x', { [WITHHELD_HEADER]: reason }), 0);
      expect(item.unreadable?.code).toBe('DECODE_FAILED');
      expect(typeof item.unreadable?.detail).toBe('string');
    },
  );

  it('keeps of a binary record the event in JSON, and its id though its data are none', () => {
    const item = readRecord(record('{"a":', ceHeaders), 0);
    expect(item.value).toMatchObject({ id: 'call-1' });
    const kept = readRecord(record('{"a":1}', ceHeaders), 0).raw.toString();
    expect(JSON.parse(kept)).toEqual({ ...attributes, data: { a: 1 } });
  });

  it('B65 keeps a count beyond 2^53 that is written as a string', () => {
    const large = { ...data, tokens: { input: '9007199254740993' } };
    const item = readRecord(record(avroCloudEvent(attributes, large), AVRO), 0);
    expect(item.value).toMatchObject({ data: { tokens: { input: '9007199254740993' } } });
  });

  it('B19 carries no key to a prototype', () => {
    const item = readRecord(record('{"__proto__":{"a":1}}', ceHeaders), 0);
    expect(item.unreadable?.code).toBe('FORBIDDEN_KEY');
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });
});
