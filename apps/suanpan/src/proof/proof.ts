/**
 * What a part of the proof leaves behind: seed, commit, counts, checks, result.
 *
 * Shape       docs/proof/<part>.json and .md for full counts; out/proof for a smaller trial.
 * Source      R25
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { REPOSITORY } from '@suanpan/local-stack';

export interface Check {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly holds: boolean;
}

export interface Proof {
  readonly part: string;
  readonly title: string;
  readonly seed: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  readonly checks: readonly Check[];
  readonly seconds: number;
}

export const equal = (what: string, expected: string, found: string): Check => ({
  ...{ what, expected, found },
  holds: expected === found,
});

/** A count that a repeated batch may raise, and nothing may lower. */
export const atLeast = (what: string, least: number, found: number): Check => ({
  what,
  expected: `≥ ${least}`,
  found: String(found),
  holds: found >= least,
});

export const passed = ({ checks }: Proof): boolean =>
  checks.length > 0 && checks.every(({ holds }) => holds);

const git = (...args: readonly string[]): string => {
  try {
    return execFileSync('git', args, { cwd: REPOSITORY, encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
};

/** The commit that was proved; says so when files differ from it. */
const commit = (): string => {
  const head = git('rev-parse', 'HEAD');
  const changed = git('status', '--porcelain', '--', '.', ':!docs/proof') !== '';
  return `${head || 'unknown'}${changed ? ' with changes' : ''}`;
};

/** The page for people. */
export const toMarkdown = (proof: Proof, of: string): string => {
  const { title, seed, counts, faults, checks, seconds } = proof;
  const rows = checks.map(
    ({ what, expected, found, holds }) =>
      `| ${what} | ${expected} | ${found} | ${holds ? 'yes' : '**no**'} |`,
  );
  return [
    `# ${title}`,
    '',
    `Result: **${passed(proof) ? 'passed' : 'failed'}** · seed ${seed} · commit ${of} · ${seconds} s`,
    '',
    ...Object.entries(counts).map(([name, count]) => `- ${name}: ${count}`),
    ...faults.map((fault) => `- fault: ${fault}`),
    '',
    '| check | expected | found | holds |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
};

/** Writes both files and gives the folder they are in. */
export const writeProof = (proof: Proof, { full }: { readonly full: boolean }): string => {
  const folder = full ? join('docs', 'proof') : join('out', 'proof');
  const of = commit();
  mkdirSync(join(REPOSITORY, folder), { recursive: true });
  const { part, ...rest } = proof;
  const result = passed(proof) ? 'passed' : 'failed';
  const file = join(REPOSITORY, folder, part);
  writeFileSync(
    `${file}.json`,
    `${JSON.stringify({ part, result, commit: of, ...rest }, null, 2)}\n`,
  );
  writeFileSync(`${file}.md`, toMarkdown(proof, of));
  return folder;
};
