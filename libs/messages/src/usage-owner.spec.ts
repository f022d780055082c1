import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { encode } from './codec.js';
import { committedSchemas } from './generated/schemas.js';
import { isObject } from './schema.js';
import { usageOwnerOf } from './usage-owner.js';

interface Written {
  readonly events: readonly { readonly encoded: string }[];
}

const event = {
  tenant: 'shantou',
  source: 'src',
  id: 'call-1',
  time: 1_781_000_000_000_000n,
  contract: 'C1',
  buyer: 'acme',
  centre: 'north',
  modelOrdered: 'deepseek-chat',
  kinds: { input: 1n },
  sentBy: 'key-1',
};
const value = encode('usage.recorded', event);
const owner = { tenant: 'shantou', centre: 'north', sentBy: 'key-1' };

const unknownVersion = (): Buffer => {
  const bytes = Buffer.from(value);
  bytes.fill(0xee, 2, 10);
  return bytes;
};

describe('usageOwnerOf', () => {
  it.each([
    ['a whole event', value],
    ['B62 an event of a version that nobody here knows', unknownVersion()],
    ['B64 an event with bytes behind it', Buffer.concat([value, Buffer.from('more')])],
    ['an event whose end is cut off', value.subarray(0, value.length - 3)],
  ])('knows the tenant and the centre of %s', (_, bytes) => {
    expect(usageOwnerOf(bytes)).toEqual(owner);
  });

  it.each([
    ['B60 nothing', null],
    ['B60 no bytes', Buffer.alloc(0)],
    ['B61 JSON', Buffer.from('{"tenant":"shantou"}')],
    ['an event that ends before its centre', value.subarray(0, 30)],
    ['a tenant that is no name', encode('usage.recorded', { ...event, tenant: 'a b' })],
    ['a tenant with a NUL', encode('usage.recorded', { ...event, tenant: 'a\0' })],
    ['a credential that is no name', encode('usage.recorded', { ...event, sentBy: 'a b' })],
    ['an empty centre', encode('usage.recorded', { ...event, centre: '' })],
  ])('knows nobody for %s', (_, bytes) => {
    expect(usageOwnerOf(bytes)).toBeNull();
  });

  it('B61 never throws, whatever the bytes', () => {
    const head = Buffer.from([0xc3, 0x01]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const found = usageOwnerOf(Buffer.concat([head, bytes]));
        expect(found === null || (found.tenant !== '' && found.centre !== '')).toBe(true);
      }),
    );
  });

  it('R12 knows no credential where the event says none', () => {
    const silent = encode('usage.recorded', { ...event, sentBy: null });
    expect(usageOwnerOf(silent)).toEqual({ ...owner, sentBy: null });
  });

  it('B70 knows the owner of what versions 1 and 2 have written, without a credential', () => {
    for (const version of [1, 2]) {
      const file = new URL(`../vectors/usage-v${version}.json`, import.meta.url);
      const { events } = JSON.parse(readFileSync(file, 'utf8')) as Written;
      const owners = events.map(({ encoded }) => usageOwnerOf(Buffer.from(encoded, 'hex')));
      for (const found of owners) {
        expect(found).toEqual({ tenant: 'shantou', centre: 'centre-guangzhou', sentBy: null });
      }
      expect(owners.length).toBeGreaterThan(5);
    }
  });

  it('rests on how every version begins', () => {
    const versions = committedSchemas.filter(({ type }) => type === 'usage.recorded');
    expect(versions.length).toBeGreaterThan(2);
    for (const { schema } of versions) {
      const fields = isObject(schema) ? (schema.fields ?? []).slice(0, 7) : [];
      expect(fields.map(({ name }) => name)).toEqual([
        'tenant',
        'source',
        'id',
        'time',
        'contract',
        'buyer',
        'centre',
      ]);
      const isText = fields.map(({ type }) => type === 'string');
      expect(isText).toEqual([true, true, true, false, true, true, true]);
    }
    for (const { schema } of versions.filter(({ version }) => version > 2)) {
      expect(isObject(schema) ? schema.fields?.[7] : null).toMatchObject({
        name: 'sentBy',
        type: ['null', 'string'],
      });
    }
  });
});
