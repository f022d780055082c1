import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { until } from '@suanpan/platform-testing';
import { csvOf, parquetOf } from './import-files.js';
import { countRecords, LogWatch } from './log-watch.js';
import { openCorner } from './running-service.js';
import type { Corner, ServiceProcess } from './running-service.js';

const PROGRAM = fileURLToPath(new URL('../../suanpan/bin/suanpan.mjs', import.meta.url));
const HOW_TO = fileURLToPath(new URL('../../../docs/how-to-centre.md', import.meta.url));

let corner: Corner;
let service: ServiceProcess;
let folder: string;

beforeAll(async () => {
  corner = await openCorner();
  folder = await mkdtemp(join(tmpdir(), 'suanpan-command-'));
  service = await corner.start({ IMPORTS_DIR: join(folder, 'imports') });
}, 180_000);
afterAll(async () => {
  await corner.dispose();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const environment = (key: string) => ({
  PATH: process.env['PATH'],
  SUANPAN_URL: service.url,
  SUANPAN_KEY: key,
});

const suanpan = (args: readonly string[], key = corner.centreKey): Promise<Ended> =>
  new Promise((resolve) => {
    const env = environment(key);
    execFile(process.execPath, [PROGRAM, 'import', ...args], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });

const fileOf = async (name: string, content: Buffer | string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

const rows = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `${prefix}-${at}` }));

describe('npx suanpan import', () => {
  it('hands a file in, shows how far it is in plain lines, and prints the result', async () => {
    const path = await fileOf('may.csv', csvOf(rows('cli', 1_500)));
    const { code, out, err } = await suanpan([path]);
    expect([code, err.split('\n').filter((line) => /^recording 100%$/.test(line))]).toEqual([
      0,
      ['recording 100%'],
    ]);
    expect(err).toContain('uploading 100%');
    expect(out).toMatch(/1500 +│ 1500 +│ 0/);
    expect(out).toMatch(/m-chat +│ 15000 +│ 3000 +│ 4500/);
  }, 60_000);

  it('run again records nothing more and prints the same', async () => {
    const path = await fileOf('twice.parquet', parquetOf(rows('twice', 50)));
    const first = await suanpan([path]);
    const before = await countRecords(corner.stack, ['usage.recorded']);
    const second = await suanpan([path]);
    expect([second.code, second.out]).toEqual([0, first.out]);
    expect(second.err).not.toContain('uploading');
    expect(await countRecords(corner.stack, ['usage.recorded'])).toEqual(before);
  }, 60_000);

  it('ends with 1 when rows were refused, and saves which and why', async () => {
    const bad = [...rows('mixed', 3), { id: 'mixed-bad', input: '-5' }];
    const path = await fileOf('mixed.csv.gz', gzipSync(csvOf(bad)));
    const { code, out } = await suanpan([path]);
    expect(code).toBe(1);
    expect(out).toMatch(/NEGATIVE_QUANTITY +│ 1/);
    expect(out).toContain(`Row by row: ${path}.errors.csv`);
    expect(await readFile(`${path}.errors.csv`, 'utf8')).toContain('5,input,$.data.tokens.input');
  }, 60_000);

  it('as a dry run adds up and records nothing', async () => {
    const path = await fileOf('dry.csv', csvOf(rows('dry', 20)));
    const before = await countRecords(corner.stack, ['usage.recorded']);
    const { code, out } = await suanpan([path, '--dry-run', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ dryRun: true, rows: 20, accepted: 20 },
      tokens: [{ model: 'm-chat', kinds: { input: '200' } }],
    });
    expect(await countRecords(corner.stack, ['usage.recorded'])).toEqual(before);
  }, 60_000);

  it('that is killed is run again and goes on', async () => {
    const path = await fileOf('killed.csv', csvOf(rows('killed', 20_000)));
    const env = environment(corner.centreKey);
    const child = spawn(process.execPath, [PROGRAM, 'import', path], { env, stdio: 'pipe' });
    let err = '';
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    await until('it has begun', () => (err.includes('recording') ? true : undefined));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { code, out } = await suanpan([path]);
    expect(code).toBe(0);
    expect(out).toMatch(/20000 +│ 20000 +│ 0/);
    const watch = new LogWatch(corner.stack, 'usage.recorded');
    await watch.start();
    const ids = (): ReadonlySet<string> =>
      new Set(watch.seen.map(({ value }) => value.id).filter((id) => id.startsWith('killed-')));
    await until('all are on the log', () => (ids().size === 20_000 ? true : undefined), 60_000);
    await watch.stop();
  }, 120_000);

  it('reads the table of the how-to as it stands there', async () => {
    const [, table = ''] =
      /```\n(id,source,time[^`]*)```/.exec(await readFile(HOW_TO, 'utf8')) ?? [];
    await corner.putCentre('shantou', 'eastern-guangdong', 'active');
    const path = await fileOf('how-to.csv', table);
    const { code, out } = await suanpan(
      [path, '--centre', 'eastern-guangdong', '--json'],
      corner.operatorKey,
    );
    expect([code, JSON.parse(out)]).toMatchObject([0, { rows: 1, accepted: 1, refused: 0 }]);
  }, 60_000);
});

describe('npx suanpan import ends with 2 and a sentence', () => {
  it.each([
    ['a file that is not there', ['nowhere.csv'], /There is no file nowhere\.csv/],
    ['an option that does not exist', ['x.csv', '--frmt'], /unknown option/],
    ['no file at all', [], /missing required argument/],
    ['a separator that is none', ['x.csv', '--separator', 'x'], /Allowed choices/],
  ] as const)('for %s', async (...[, args, sentence]) => {
    const { code, err } = await suanpan(args);
    expect(code).toBe(2);
    expect(err).toMatch(sentence);
  });

  it('for a name that says nothing, an empty file, and no key', async () => {
    const strange = await suanpan([await fileOf('usage.xlsx', 'x')]);
    expect([strange.code, strange.err]).toEqual([2, expect.stringContaining('--format csv')]);
    const empty = await suanpan([await fileOf('empty.csv', '')]);
    expect([empty.code, empty.err]).toEqual([2, expect.stringContaining('is empty')]);
    const path = await fileOf('keyless.csv', csvOf(rows('keyless', 1)));
    const keyless = await suanpan([path], '');
    expect([keyless.code, keyless.err]).toEqual([2, expect.stringContaining('SUANPAN_KEY')]);
    const unknown = await suanpan([path], 'sp_unknown');
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('UNAUTHENTICATED')]);
  });

  it('for a file that is something else than its name says', async () => {
    const { code, err } = await suanpan([await fileOf('picture.csv', Buffer.from('%PDF-1.7'))]);
    expect([code, err]).toEqual([2, expect.stringContaining('UNSUPPORTED_MEDIA_TYPE')]);
  });
});
