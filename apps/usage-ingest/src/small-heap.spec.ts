import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const COMPILED = new URL('../dist/small-heap.js', import.meta.url).href;

/** Fills the old generation with what lives on and what does not; says the most it has held. */
const PROGRAM = `
import v8 from 'node:v8';
import { collectOnce, keepHeapSmall } from '${COMPILED}';
if (process.argv.at(-1) === 'small') keepHeapSmall();
const some = (count) => Array.from({ length: count }, (_, index) => ({ index, text: 'x' + index }));
const living = some(400_000);
if (process.argv.at(-1) === 'small') collectOnce();
const oldMiB = () =>
  v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space').space_used_size / 2 ** 20;
const waiting = [];
let most = 0;
for (let round = 0; round < 1_000; round += 1) {
  waiting.push(some(3_000));
  if (waiting.length > 50) waiting.shift();
  most = Math.max(most, oldMiB());
}
console.log(JSON.stringify({ most, living: living.length }));
`;

const mostMiB = async (mode: 'usual' | 'small'): Promise<number> => {
  const flags = ['--input-type=module', '--eval', PROGRAM, mode];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  return (JSON.parse(stdout) as { most: number }).most;
};

describe('a heap that is kept small', () => {
  it('holds much less garbage than the engine would let gather', async () => {
    const [usual, small] = await Promise.all([mostMiB('usual'), mostMiB('small')]);
    expect(small).toBeLessThan(usual * 0.8);
  }, 60_000);
});
