import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** The folder of the repository that holds the demo's input; the same from `src` and from `dist`. */
export const FIXTURES = new URL('../../../../test/fixtures/demo/', import.meta.url);

/** The text of one fixture, inflated where its name ends in .gz. */
export const readFixture = (name: string): string => {
  const bytes = readFileSync(fileURLToPath(new URL(name, FIXTURES)));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
};

/** The rows of a plain comma-separated fixture (no quotes in any of them), without its header. */
export const readRows = (name: string): readonly (readonly string[])[] =>
  readFixture(name)
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.trimEnd().split(','));

/** One cell, or an error that names the fixture: a missing column must not become `undefined`. */
export const cell = (row: readonly string[], index: number, fixture: string): string => {
  const value = row[index];
  if (value === undefined) throw new Error(`${fixture}: a row has no column ${index}: ${row[0]}`);
  return value;
};
