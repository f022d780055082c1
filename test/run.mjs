// Runs every check and every suite, then says in one line how many passed and failed.
// `npm test` runs all; `npm test -- spec int` runs only the named stages.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const out = join(root, 'out', 'test');
const NODE_TEST_FLAGS = ['--experimental-vm-modules', '--no-warnings'];
const JEST = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const BIN = (name) => join(root, 'node_modules', '.bin', name);

// Every suite starts servers in a home of its own; what is fetched for them is fetched once.
process.env.SUANPAN_PACKAGES ??= join(root, '.suanpan', 'packages');

/** A suite whose result is written has this long to end its process; then it fails. */
const ENDING_MS = 60_000;
const LOOK_MS = 1_000;

const run = (command, args, { env = {}, watch = () => undefined } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    watch(child);
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });

/** A check is one test: it passes when its command exits 0. */
const check = (name, command, args) => ({
  name,
  work: async () =>
    (await run(command, args)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 },
});

/** Kills a process that lives on after its result; what it held open is a fault of a test. */
const endAfter = (file) => (child) => {
  let written;
  const timer = setInterval(() => {
    if (written === undefined && existsSync(file)) written = Date.now();
    if (written === undefined || Date.now() - written < ENDING_MS) return;
    console.error('The suite has ended, its process has not: something is still open.');
    child.kill('SIGKILL');
  }, LOOK_MS);
  child.on('exit', () => clearInterval(timer));
};

/** A jest project: its tests are counted from jest's own result file. */
const suite = (name, args = []) => ({
  name,
  work: async () => {
    const file = join(out, `${name}.json`);
    rmSync(file, { force: true });
    const code = await run(
      process.execPath,
      [...NODE_TEST_FLAGS, JEST, '--selectProjects', name, '--json', '--outputFile', file, ...args],
      { env: { SUANPAN_HOME: join(root, '.suanpan', 'test') }, watch: endAfter(file) },
    );
    return countsOf(file, code);
  },
});

/** A suite file that could not even start counts as one failure; so does a run without tests. */
const countsOf = (file, code) => {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    const passed = result.numPassedTests;
    return { passed, failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
};

/** Each group begins when the one before has ended; what stands in one group runs at once. */
const groups = [
  [check('build', BIN('tsc'), ['-b'])],
  [
    check('types of the tests', BIN('tsc'), ['-p', 'tsconfig.spec.json']),
    check('lint', BIN('eslint'), ['.', '--max-warnings', '0']),
    check('format', BIN('prettier'), ['--check', '.', '--log-level', 'warn']),
  ],
  [suite('spec', ['--maxWorkers=2'])],
  // After all suites and the end of the stack some timer still keeps jest's process alive. Which
  // suite leaves it is not found yet (a kafkajs client of a broken proxy is suspected); until then
  // the process is ended here. Most suites wait most of their time: two of them share the cores.
  [suite('int', ['--maxWorkers=2', '--forceExit'])],
  [suite('e2e', ['--runInBand'])],
];

const wanted = process.argv.slice(2);
const names = groups.flat().map(({ name }) => name);
const chosen = groups
  .map((group) => group.filter(({ name }) => wanted.length === 0 || wanted.includes(name)))
  .filter((group) => group.length > 0);
if (chosen.length === 0) {
  console.error(`No stage of that name. Stages: ${names.join(', ')}.`);
  process.exit(2);
}

mkdirSync(out, { recursive: true });
let passed = 0;
let failed = 0;

const carryOut = async ({ name, work }) => {
  const started = Date.now();
  console.log(`\n▶ ${name}`);
  const counts = await work();
  passed += counts.passed;
  failed += counts.failed;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`■ ${name}: ${counts.passed} passed, ${counts.failed} failed (${seconds} s)`);
};

for (const group of chosen) await Promise.all(group.map(carryOut));

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
