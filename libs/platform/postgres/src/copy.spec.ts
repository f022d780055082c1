import { describe, expect, it } from '@jest/globals';
import { copyLine } from './copy.js';

describe('copyLine', () => {
  it('escapes what COPY would read as a separator, and keeps NULL apart from text', () => {
    expect(copyLine(['a\tb\nc\\d\re', null, '\\N', 7, 9n, true, Buffer.from([255])])).toBe(
      'a\\tb\\nc\\\\d\\re\t\\N\t\\\\N\t7\t9\tt\t\\\\xff\n',
    );
  });
});
