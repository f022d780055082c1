import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventLine } from './journal-line.js';
import { Journal } from './journal.js';

const COMPACT_BYTES = 1_000_000;
const text = (id: string): string => JSON.stringify({ source: 'gz/vllm-1', id, note: '词元 "x"' });

let folder: string;
const file = (): string => join(folder, 'journal');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suanpan-sdk-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const open = (compactBytes = COMPACT_BYTES): Promise<Journal> => Journal.open(folder, compactBytes);

/** What another process would find. */
const left = async (): Promise<readonly string[]> => {
  const journal = await open();
  const texts = [...journal.live.values()].map((line) => line.text);
  await journal.close();
  return texts;
};

describe('the journal', () => {
  it('gives back what was added and not done, in order', async () => {
    const journal = await open();
    const numbers = await Promise.all(['a', 'b', 'c'].map((id) => journal.add('event', text(id))));
    expect(numbers).toEqual([1, 2, 3]);
    journal.done([2]);
    await journal.close();
    expect(await left()).toEqual([text('a'), text('c')]);
  });

  it('goes on counting after a restart, so that an old mark never hits a new event', async () => {
    const first = await open();
    await first.add('event', text('a'));
    const second = await first.add('event', text('b'));
    first.done([second]);
    await first.close();
    const again = await open();
    expect(await again.add('event', text('c'))).toBe(3);
    await again.close();
    expect(await left()).toEqual([text('a'), text('c')]);
  });

  it('is empty on disk when everything is done', async () => {
    const journal = await open();
    journal.done([await journal.add('event', text('a'))]);
    await journal.close();
    expect((await stat(file())).size).toBe(0);
  });

  it('takes the end of a call for its beginning', async () => {
    const journal = await open();
    const number = await journal.add('open', text('begun'));
    await journal.put(number, { kind: 'event', text: text('ended') });
    await journal.close();
    expect(await left()).toEqual([text('ended')]);
  });

  it('keeps a call that never ended', async () => {
    const journal = await open();
    await journal.add('open', text('begun'));
    await journal.close();
    expect(await left()).toEqual([text('begun')]);
  });
});

describe('a journal that a crash has torn', () => {
  it('at every byte of its last line keeps the lines before it, and takes new ones', async () => {
    const whole = eventLine('event', 1, text('whole'));
    const last = Buffer.from(eventLine('event', 2, text('last')));
    for (let bytes = 0; bytes < last.length; bytes += 1) {
      await writeFile(file(), Buffer.concat([Buffer.from(whole), last.subarray(0, bytes)]));
      const journal = await open();
      expect([...journal.live.keys()]).toEqual([1]);
      expect(journal.damaged).toBe(0);
      await journal.add('event', text('next'));
      await journal.close();
      expect(await left()).toEqual([text('whole'), text('next')]);
    }
  });

  it('with its last line whole keeps that too', async () => {
    await writeFile(file(), eventLine('event', 1, text('a')) + eventLine('event', 2, text('b')));
    expect(await left()).toEqual([text('a'), text('b')]);
  });

  it('with every byte of a line changed in turn sets that line aside and keeps the others', async () => {
    const [before, after] = [eventLine('event', 1, text('a')), eventLine('event', 3, text('c'))];
    const line = Buffer.from(eventLine('event', 2, text('b')));
    for (let at = 0; at < line.length - 1; at += 1) {
      const spoiled = Buffer.from(line);
      spoiled[at] = (spoiled[at] ?? 0) ^ 0x01;
      if (spoiled[at] === 0x0a) continue;
      await rm(join(folder, 'damaged.txt'), { force: true });
      await writeFile(file(), Buffer.concat([Buffer.from(before), spoiled, Buffer.from(after)]));
      const journal = await open();
      expect([...journal.live.keys()]).toEqual([1, 3]);
      expect(journal.damaged).toBe(1);
      await journal.close();
      expect((await readFile(join(folder, 'damaged.txt'))).length).toBeGreaterThan(0);
    }
  });

  it('whose tail is zeros, as after a loss of power, keeps what came before', async () => {
    await writeFile(file(), eventLine('event', 1, text('a')));
    await appendFile(file(), Buffer.alloc(4_096));
    expect(await left()).toEqual([text('a')]);
  });
});

describe('a journal that has grown', () => {
  it('is written anew with what is left, and loses nothing that is added meanwhile', async () => {
    const journal = await open(10_000);
    const kept: string[] = [];
    for (let round = 0; round < 50; round += 1) {
      const ids = Array.from({ length: 20 }, (_, at) => `${round}-${at}`);
      const numbers = await Promise.all(ids.map((id) => journal.add('event', text(id))));
      journal.done(numbers.slice(1));
      kept.push(text(ids[0] ?? ''));
    }
    await journal.close();
    expect((await stat(file())).size).toBeLessThan(20_000);
    expect(await left()).toEqual(kept);
  });
});
