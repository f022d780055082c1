import { describe, expect, it } from '@jest/globals';
import { identityOf as theirIdentity, payloadHash, type UsageRecorded } from '@suanpan/messages';
import fc from 'fast-check';

import { identityOf, partitionOf } from './identity.js';
import { payloadHashOf } from './payload.js';

const TEXTS = [
  ...['subject', 'upstream', 'authorization', 'lot', 'dispatch', 'dataOrigin', 'endUserCountry'],
  ...['facility', 'pool', 'returnCountry', 'purpose', 'credential', 'session', 'reservation'],
  ...['admission', 'serviceTier', 'outcome', 'finality', 'correctsSource', 'correctsId'],
  ...['routeType', 'route', 'controlRegion', 'inferenceRegion', 'useCase', 'industry', 'device'],
  ...['host', 'upstreamRequestId', 'endUser', 'dataClass', 'datasetTag', 'modelServed'],
  'correction',
];
const LONGS = ['latencyMs', 'audioMs', 'images', 'requests', 'revision'];

const anyLong = fc.bigInt({ min: 0n, max: 2n ** 62n });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);

const anyEvent = fc.record({
  ...{ tenant: fc.string(), source: fc.string(), id: fc.string({ unit: 'grapheme' }) },
  ...{ contract: fc.string(), buyer: fc.string(), centre: fc.string(), modelOrdered: fc.string() },
  time: anyLong,
  kinds: fc.dictionary(fc.constantFrom('input', 'output', 'reasoning', 'cached_input'), anyLong),
  kindsIncomplete: maybe(fc.boolean()),
  metadata: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string()),
  extensions: fc.dictionary(fc.constantFrom('traceparent'), fc.string()),
  ...Object.fromEntries(TEXTS.map((name) => [name, maybe(fc.string())])),
  ...Object.fromEntries(LONGS.map((name) => [name, maybe(anyLong)])),
}) as unknown as fc.Arbitrary<UsageRecorded>;

describe('the auditor’s hashes', () => {
  it('of a payload are those that the services store', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(payloadHashOf(event).equals(payloadHash(event))).toBe(true);
      }),
    );
  });

  it('of an identity are those that the services key by', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (tenant, source, id) => {
        const identity = identityOf(tenant, source, id);
        expect(identity.equals(theirIdentity(tenant, source, id))).toBe(true);
        expect(partitionOf(identity) >= 0 && partitionOf(identity) < 64).toBe(true);
      }),
    );
  });

  it('do not change when an extension does', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const carried = { ...event, extensions: { traceparent: 'other' } };
        expect(payloadHashOf(carried).equals(payloadHashOf(event))).toBe(true);
      }),
    );
  });
});
