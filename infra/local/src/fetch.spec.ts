import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkFolder, fetchOnce, parseChecksums } from './fetch.js';
import { LOCAL } from './home.js';

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const silent = (): void => undefined;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'suanpan-fetch-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a download', () => {
  const fetching = () => ({ what: 'jars', folder: join(root, 'jars'), log: silent });

  it('has its final name only when it is whole', async () => {
    await fetchOnce(fetching(), async (temporary) => {
      expect(existsSync(join(root, 'jars'))).toBe(false);
      writeFileSync(join(temporary, 'a.jar'), 'a');
      return Promise.resolve();
    });
    expect(readdirSync(root)).toEqual(['jars']);
    expect(readdirSync(join(root, 'jars'))).toEqual(['a.jar']);
  });

  it('leaves nothing behind when it fails', async () => {
    const failing = fetchOnce(fetching(), async (temporary) => {
      writeFileSync(join(temporary, 'half.jar'), 'a');
      return Promise.reject(new Error('the connection broke'));
    });
    await expect(failing).rejects.toThrow('the connection broke');
    expect(readdirSync(root)).toEqual([]);
  });

  it('removes what a killed download has left, and not what a running one writes', async () => {
    mkdirSync(join(root, 'jars.999999999.tmp'));
    mkdirSync(join(root, `jars.${process.ppid}.tmp`));
    await fetchOnce(fetching(), () => Promise.resolve());
    expect(readdirSync(root)).toEqual(['jars', `jars.${process.ppid}.tmp`]);
  });

  it('is not done again', async () => {
    let times = 0;
    const once = () =>
      fetchOnce(fetching(), () => {
        times += 1;
        return Promise.resolve();
      });
    await once();
    await once();
    expect(times).toBe(1);
  });
});

describe('the checksums', () => {
  const expected = () =>
    new Map([
      ['a.jar', sumOf('a')],
      ['b.jar', sumOf('b')],
    ]);
  const put = (name: string, text: string): void => writeFileSync(join(root, name), text);

  it('accept exactly the listed files', () => {
    put('a.jar', 'a');
    put('b.jar', 'b');
    expect(() => checkFolder(root, expected())).not.toThrow();
  });

  it('refuse a file that differs by one byte', () => {
    put('a.jar', 'A');
    put('b.jar', 'b');
    expect(() => checkFolder(root, expected())).toThrow('a.jar is not the file');
  });

  it('refuse a file that nobody listed', () => {
    put('a.jar', 'a');
    put('b.jar', 'b');
    put('c.jar', 'c');
    expect(() => checkFolder(root, expected())).toThrow('c.jar is not the file');
  });

  it('refuse a folder where one is missing', () => {
    put('a.jar', 'a');
    expect(() => checkFolder(root, expected())).toThrow('b.jar is missing');
  });

  it('are read as sha256sum prints them', () => {
    expect(parseChecksums(`${sumOf('a')}  a.jar\n`)).toEqual(new Map([['a.jar', sumOf('a')]]));
    expect(() => parseChecksums('nonsense a.jar\n')).toThrow('Not a checksum line');
  });

  it('are committed for the pinned broker', () => {
    const committed = parseChecksums(readFileSync(join(LOCAL, 'kafka', 'jars.sha256'), 'utf8'));
    expect(committed.has('kafka_2.13-4.3.1.jar')).toBe(true);
  });
});
