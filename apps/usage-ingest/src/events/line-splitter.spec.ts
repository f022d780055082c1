import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LineSplitter } from './line-splitter.js';

const split = (
  text: string,
  cuts: readonly number[],
  bytesMax = 1_000,
): [number, string | null][] => {
  const bytes = Buffer.from(text);
  const splitter = new LineSplitter(bytesMax);
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])];
  places.sort((one, other) => one - other);
  const lines = places
    .slice(1)
    .flatMap((end, index) => splitter.push(bytes.subarray(places[index], end)));
  return [...lines, ...splitter.end()].map((line) => [line.number, line.bytes?.toString() ?? null]);
};

describe('LineSplitter', () => {
  it('gives the same lines wherever the stream is cut', () => {
    const text = fc
      .array(fc.constantFrom('a', '\n', ' ', '算', '\r'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat()), (lines, cuts) => {
        const whole = lines
          .split('\n')
          .map((line, index) => [index + 1, line])
          .filter(([, line]) => String(line).trim() !== '');
        expect(split(lines, cuts)).toEqual(whole);
      }),
    );
  });

  it('leaves blank lines out but counts them', () => {
    expect(split('a\n\n \r\nb', [])).toEqual([
      [1, 'a'],
      [4, 'b'],
    ]);
  });

  it('reports a line beyond the limit and takes the one inside it', () => {
    expect(split('aaaa\naaa\n', [2], 3)).toEqual([
      [1, null],
      [2, 'aaa'],
    ]);
  });

  it('holds nothing of a line that never ends', () => {
    const splitter = new LineSplitter(10);
    for (let round = 0; round < 1_000; round += 1) splitter.push(Buffer.alloc(1_000, 'a'));
    expect(splitter.held).toBe(0);
    expect(splitter.end()).toEqual([{ number: 1, bytes: null }]);
  });
});
