import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openHome } from './home.js';
import type { Home } from './home.js';
import { withLock } from './lock.js';
import { markOf } from './processes.js';

const folder = mkdtempSync(join(tmpdir(), 'suanpan-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quiet = (): void => undefined;
const GONE = JSON.stringify({ pid: 2 ** 22 + 1, born: '1' });

let home: Home;
let count = 0;
beforeEach(() => {
  count += 1;
  home = openHome(join(folder, String(count)));
});

const locks = (): readonly string[] =>
  readdirSync(home.root).filter((name) => name.startsWith('start.lock'));

describe('the lock of a stack', () => {
  it('names its holder as long as the work lasts, and leaves nothing behind', async () => {
    const seen = await withLock(home, quiet, () =>
      Promise.resolve(JSON.parse(readFileSync(home.lockFile, 'utf8')) as unknown),
    );
    expect(seen).toEqual(markOf(process.pid));
    expect(locks()).toEqual([]);
  });

  it('lets one after the other work, and says once for whom it waits', async () => {
    const order: string[] = [];
    const said: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      order.push(`${name} ends`);
    };
    await Promise.all([
      withLock(home, quiet, work('one')),
      withLock(home, (line) => said.push(line), work('two')),
    ]);
    expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
    expect(said).toEqual([`process ${process.pid} is starting or stopping this stack: waiting …`]);
  });

  it.each([
    ['a process that is gone', GONE],
    ['a killed launcher of old, which could leave it empty', ''],
  ])('of %s does not count', async (_whose, text) => {
    writeFileSync(home.lockFile, text);
    expect(await withLock(home, quiet, () => Promise.resolve('worked'))).toBe('worked');
    expect(locks()).toEqual([]);
  });

  it('of another process is never removed, not even at the end of the own work', async () => {
    await withLock(home, quiet, () => {
      writeFileSync(home.lockFile, GONE);
      return Promise.resolve();
    });
    expect(readFileSync(home.lockFile, 'utf8')).toBe(GONE);
  });

  it('goes on after one that was killed while it removed a lock', async () => {
    writeFileSync(home.lockFile, GONE);
    writeFileSync(`${home.lockFile}.stale`, GONE);
    expect(await withLock(home, quiet, () => Promise.resolve('worked'))).toBe('worked');
    expect(locks()).toEqual([]);
  });

  it('is given back when the work fails', async () => {
    const failing = withLock(home, quiet, () => Promise.reject(new Error('no Java')));
    await expect(failing).rejects.toThrow('no Java');
    expect(locks()).toEqual([]);
  });
});
