import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { toRowInstant } from '@suanpan/platform-postgres';
import fc from 'fast-check';
import { copyInstant, escapeCopy } from './copy-text.js';

/** 10000-01-01T00:00:00Z, the first instant that is refused. */
const END = 253_402_300_800_000_000n;

describe('copyInstant', () => {
  it('writes the very instant, to the microsecond, in every year', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, END - 1n), (instant) => {
        expect(parseInstant(`${copyInstant(instant).slice(0, -1)}Z`)).toBe(instant);
        expect(parseInstant(toRowInstant(instant))).toBe(instant);
      }),
    );
  });

  it('keeps the last microsecond of a minute in its minute', () => {
    expect(copyInstant(parseInstant('2026-05-15T16:59:59.999999Z'))).toBe(
      '2026-05-15T16:59:59.999999Z',
    );
  });
});

describe('escapeCopy', () => {
  it('B52 escapes what COPY would obey and leaves the rest as it is', () => {
    expect(escapeCopy('a\tb\nc\rd\\e')).toBe('a\\tb\\nc\\rd\\\\e');
    expect(escapeCopy("=cmd|' /C calc'!A0")).toBe("=cmd|' /C calc'!A0");
    expect(escapeCopy('\\N')).toBe('\\\\N');
  });
});
