/**
 * Proof, part 2: a million inputs over the normalisers and decoders of usage, without a crash.
 *
 * Shape       the same suites as in `npm test`, with the full count; what each has run stands in the
 *             titles of its tests.
 * Source      issue 4, "Bad input"; reliability.md I30; R25
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { REPOSITORY } from '@suanpan/local-stack';

import { inputsOf, type FuzzTest } from './fuzz-counts.js';
import { atLeast, equal, type Proof } from './proof.js';

export const FULL_INPUTS = 1_000_000;

const SUITES = [
  { name: 'dialects', file: 'libs/usage/src/dialects/whatever-comes.spec.ts' },
  { name: 'foreign doors', file: 'apps/usage-ingest/src/foreign-fuzz.spec.ts' },
  { name: 'our doors and the log', file: 'apps/usage-ingest/src/own-fuzz.spec.ts' },
] as const;

const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const PART_MS = 3_300_000;

interface JestResult {
  readonly testResults: readonly { readonly assertionResults: readonly FuzzTest[] }[];
}

/** Runs one suite; the result file says what it did, also where it failed. */
const runSuite = async (
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<readonly FuzzTest[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-fuzz-'));
  const result = join(folder, 'result.json');
  const args = ['--selectProjects', 'spec', '--json', '--outputFile', result, '--runTestsByPath'];
  try {
    await new Promise((resolve) => {
      const child = spawn(process.execPath, [...JEST, ...args, file], {
        ...{ cwd: REPOSITORY, stdio: 'ignore', timeout: PART_MS },
        env: { ...process.env, ...env },
      });
      child.once('error', resolve);
      child.once('close', resolve);
    });
    const { testResults } = JSON.parse(readFileSync(result, 'utf8')) as JestResult;
    return testResults.flatMap(({ assertionResults }) => assertionResults);
  } catch {
    return [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export interface FuzzOptions {
  readonly events: number;
  readonly seed: number;
  readonly print: (line: string) => void;
}

/** Runs the part; it needs no servers. */
export const proveFuzz = async ({ events, seed, print }: FuzzOptions): Promise<Proof> => {
  const begun = performance.now();
  const each = Math.ceil(events / SUITES.length);
  const env = {
    SUANPAN_FUZZ_RUNS: String(each),
    SUANPAN_FUZZ_MS: String(PART_MS),
    SUANPAN_SEED: String(seed),
  };
  const counts: Record<string, number> = {};
  const checks = [];
  for (const { name, file } of SUITES) {
    const tests = await runSuite(file, env);
    const failed = tests.filter(({ status }) => status !== 'passed').map(({ title }) => title);
    counts[`inputs over ${name}`] = inputsOf(tests);
    print(
      `   ${name}: ${inputsOf(tests)} inputs, ${failed.length} of ${tests.length} tests failed`,
    );
    checks.push(equal(`${name}: tests that failed`, '', failed.join('; ')));
  }
  const inputs = Object.values(counts).reduce((sum, count) => sum + count, 0);
  counts['inputs'] = inputs;
  return {
    part: 'fuzz',
    title: 'Fuzz of normalisers and decoders: no crash, no wrong answer',
    ...{ seed, counts, faults: [] },
    checks: [...checks, atLeast('inputs that were answered or refused', events, inputs)],
    seconds: Math.round((performance.now() - begun) / 1_000),
  };
};
