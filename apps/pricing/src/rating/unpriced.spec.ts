import { describe, expect, it } from '@jest/globals';
import { decode, encode, payloadHash } from '@suanpan/messages';
import type { UsageRecorded } from '@suanpan/messages';
import fc from 'fast-check';
import { usage } from '../../test/usage.js';
import { fromRowUsage, toRowUsage } from './unpriced.js';

const whole = (more: Partial<UsageRecorded>): UsageRecorded => {
  const event = usage({ id: 'x', at: '2026-05-10T00:00:00Z', tokens: [1n, 2n, 3n, 4n] });
  const message = decode(encode('usage.recorded', { ...event, ...more }));
  return message.value as UsageRecorded;
};

describe('an unpriced event as a row', () => {
  it('comes back as it was, with its hash', () => {
    const anyText = fc.string({ unit: 'grapheme' });
    const anyKinds = fc.dictionary(
      fc.constantFrom('input', 'long', 'x'),
      fc.bigInt(0n, 10n ** 18n),
    );
    fc.assert(
      fc.property(anyText, anyKinds, fc.dictionary(anyText, anyText), (text, kinds, metadata) => {
        if (Object.hasOwn(metadata, '__proto__')) return;
        const event = whole({ session: text, kinds, metadata });
        const back = fromRowUsage(toRowUsage(event));
        expect(back).toEqual(event);
        expect(payloadHash(back)).toEqual(payloadHash(event));
      }),
    );
  });

  it('takes no sender’s text for a number', () => {
    const event = whole({ metadata: { long: '5' }, extensions: { long: '5' } });
    expect(fromRowUsage(toRowUsage(event))).toEqual(event);
  });
});
