import { describe, expect, it } from '@jest/globals';
import { EVENT_BYTES_MAX, writeEvent, writeVoid } from './usage-record.js';
import type { UsageRecord } from './usage-record.js';

const defaults = { contract: 'c-1', buyer: 'b-1', centre: 'gz' };
const given = { source: 'gz/vllm-1', defaults };
const write = (record: Partial<UsageRecord>) => {
  const whole = { model: 'm-chat', tokens: { input: 1, output: 2 }, ...record };
  const written = writeEvent(whole, given);
  return { ...written, event: JSON.parse(written.text) as Record<string, unknown> };
};

describe('an event', () => {
  it('holds the defaults and what was said, which wins', () => {
    const { event } = write({
      id: 'call-1',
      time: new Date('2026-06-15T10:00:00Z'),
      buyer: 'b-2',
      tokens: { input: 9_007_199_254_740_993n, output: '5' },
    });
    expect(event).toEqual({
      specversion: '1.0',
      type: 'suanpan.usage.v1',
      source: 'gz/vllm-1',
      id: 'call-1',
      time: '2026-06-15T10:00:00.000Z',
      data: {
        ...defaults,
        buyer: 'b-2',
        model: 'm-chat',
        tokens: { input: '9007199254740993', output: '5' },
      },
    });
  });

  it('gets a UUIDv7 once, when it has no id', () => {
    const [one, other] = [write({}), write({})];
    expect(one.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one.event['id']).toBe(one.id);
    expect(other.id).not.toBe(one.id);
    expect(other.id > one.id).toBe(true);
  });

  it('that names another one is its correction', () => {
    const { event } = write({ correctsId: 'call-1', revision: 1, finality: 'final' });
    expect(event).toMatchObject({
      type: 'suanpan.usage.correct.v1',
      data: { ...defaults, correctsId: 'call-1', revision: 1, tokens: { input: 1, output: 2 } },
    });
  });

  it('that takes another one back says nothing of it but its name', () => {
    const { text } = writeVoid({ id: 'v-1', correctsId: 'call-1', revision: 2 }, given);
    expect(JSON.parse(text)).toMatchObject({
      ...{ id: 'v-1', type: 'suanpan.usage.void.v1' },
      data: { centre: 'gz', correctsId: 'call-1', revision: 2 },
    });
    expect(text).not.toContain('contract');
  });

  it.each([
    ['a count that JSON would turn into nothing', { tokens: { input: Number.NaN } }],
    ['an infinite one', { tokens: { input: Number.POSITIVE_INFINITY } }],
    ['a time that is none', { time: new Date('never') }],
    ['an empty source', { source: '' }],
  ])('is not written with %s', (_name, record) => {
    expect(() => write(record)).toThrow(expect.objectContaining({ code: 'INVALID_EVENT' }));
  });

  it('has at most 1 MiB', () => {
    const room = EVENT_BYTES_MAX - write({ id: 'i', metadata: { a: '' } }).bytes;
    expect(write({ id: 'i', metadata: { a: 'x'.repeat(room) } }).bytes).toBeLessThanOrEqual(
      EVENT_BYTES_MAX,
    );
    expect(() => write({ id: 'i', metadata: { a: 'x'.repeat(room + 40) } })).toThrow(
      expect.objectContaining({ code: 'EVENT_TOO_LARGE' }),
    );
  });
});
