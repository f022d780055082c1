/** Pages that say which test shows a row: the test is there, and carries the row's name. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const SKIPPED = new Set(['node_modules', 'dist', '.suanpan', 'out']);

const testFiles = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : testFiles(path);
    return /\.ts$/.test(entry.name) && /spec|test/.test(path) ? [path] : [];
  });

const files = ['apps', 'libs', 'test'].flatMap(testFiles);
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The files that a page names, in full or by the end of their path. */
const named = (name: string): readonly string[] =>
  files.filter((path) => (name.includes('/') ? path === name : basename(path) === name));

/** A suite's table in a file of its own. */
const TABLES = new Map([['bad-input.int.spec.ts', 'bad-rows.ts']]);
const withTables = (paths: readonly string[]): readonly string[] =>
  paths.flatMap((path) => [path, ...named(TABLES.get(basename(path)) ?? '-')]);

interface Row {
  readonly ids: readonly string[];
  readonly tests: readonly string[];
}

const cells = (line: string): readonly string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of a page's tables: the names in one column, the tests in the last one. */
const rowsOf = (page: string, names: (row: readonly string[]) => string): readonly Row[] => {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  const short = new Map(
    [...text.matchAll(/\*\*(\w+)\*\*\s+`([^`]+)`/g)].map(([, word = '', path = '']) => [
      word,
      path,
    ]),
  );
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[-|]+\|$/.test(line));
  return lines
    .map(cells)
    .filter((row) => !['row', '#'].includes(row[0] ?? ''))
    .map((row) => ({
      ids: names(row).split(', '),
      tests: (row.at(-1) ?? '')
        .split(', ')
        .map((cell) => /`([^`]+)`/.exec(cell)?.[1] ?? short.get(cell) ?? cell),
    }));
};

const PAGES = [
  { page: 'bad-input.md', rows: rowsOf('bad-input.md', ([id = '']) => id) },
  { page: 'known-faults.md', rows: rowsOf('known-faults.md', ([, thread = '']) => thread) },
];

describe.each(PAGES)('docs/$page', ({ rows }) => {
  it('has rows', () => {
    expect(rows.length).toBeGreaterThan(15);
  });

  it.each(rows.map((row) => [row.ids.join(', '), row] as const))(
    '%s has a test of its name in the files that are named',
    (_ids, { ids, tests }) => {
      const found = tests.flatMap(named);
      expect(tests.filter((name) => named(name).length === 0)).toEqual([]);
      const text = withTables(found).map(textOf).join('\n');
      expect(ids.filter((id) => !text.includes(id))).toEqual([]);
    },
  );
});
