import { describe, expect, it } from '@jest/globals';
import type { EachBatchPayload } from 'kafkajs';
import { toBatch } from './delivery.js';
import { Partitions } from './partition-state.js';
import type { Session } from './session.js';

const claimed = () => {
  const state = new Partitions().at('usage.submitted.shantou.gz', 0);
  state.claimed({ nextOffset: 0n } as Parameters<typeof state.claimed>[0]);
  return state;
};

/** A delivery as kafkajs makes it of one record with these headers. */
const headersOf = (headers: object): Readonly<Record<string, string>> | undefined => {
  const message = { offset: '0', timestamp: '0', key: null, value: Buffer.from('x'), headers };
  const payload = { batch: { messages: [message] } } as unknown as EachBatchPayload;
  return toBatch({} as Session, { state: claimed(), payload })?.messages[0]?.headers;
};

describe('the headers of a record that a centre wrote', () => {
  it.each([
    ['no value', { trace: null }, { trace: '' }],
    ['no value and then one', { trace: [null, Buffer.from('b')] }, { trace: '' }],
    ['two values', { trace: [Buffer.from('a'), Buffer.from('b')] }, { trace: 'a' }],
    ['the name of what every object has', { toString: Buffer.from('a') }, { toString: 'a' }],
    ['the name of the prototype', { ['__proto__']: Buffer.from('a') }, {}],
  ])('B60 with %s are text', (_name, given, texts) => {
    expect(Object.entries(headersOf(given) ?? { none: '' })).toEqual(Object.entries(texts));
  });
});
