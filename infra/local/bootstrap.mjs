/**
 * The first program of every command: `node infra/local/bootstrap.mjs start|stack|test|bench|proof [args…]`.
 *
 * Owns        the version check, `npm ci` when what is installed is not what the lock file says,
 *             the incremental build, and the hand-over.
 * Shape       no dependencies: it runs on a fresh clone. The program is loaded into this very
 *             process, so that signals and exit codes need no forwarding.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const LEAST_NODE = [20, 19];
const PROGRAMS = {
  start: { build: [], file: 'apps/suanpan/dist/demo/main.js' },
  // Alone, so that the servers can be had while a service does not compile.
  stack: { build: ['infra/local'], file: 'infra/local/dist/main.js' },
  test: { build: [], file: 'test/run.mjs' },
  bench: { build: [], file: 'apps/suanpan/dist/bench/main.js' },
  proof: { build: [], file: 'apps/suanpan/dist/proof/main.js' },
};

const halt = (sentence, code = 1) => {
  console.error(sentence);
  process.exit(code);
};

const checkNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  halt(`Suanpan needs Node ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
};

const packagesOf = (file) => JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;

/** npm's own record of what it installed, against the lock file; optional packages may be absent. */
const isInstalled = () => {
  const record = 'node_modules/.package-lock.json';
  if (!existsSync(join(ROOT, record))) return false;
  const installed = packagesOf(record);
  return Object.entries(packagesOf('package-lock.json')).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/') || wanted.link === true) return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
};

/** Runs a program to its end; a signal to us ends it too. */
const step = (what, command, args) =>
  new Promise((done) => {
    const begun = performance.now();
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    signals.forEach((signal) => process.on(signal, forward));
    child.once('error', () => halt(`${command} cannot be started: install Node with npm.`));
    child.once('exit', (code, signal) => {
      signals.forEach((one) => process.off(one, forward));
      if (code !== 0) halt(`${what} failed${signal === null ? '' : ` (${signal})`}.`, code ?? 130);
      done(Math.round((performance.now() - begun) / 1000));
    });
  });

const install = async () => {
  if (isInstalled()) return;
  console.log('installing packages with npm ci …');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const seconds = await step('npm ci', 'npm', args);
  console.log(`installed packages (${seconds} s)`);
};

const build = async (projects) => {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const seconds = await step('The build', process.execPath, [tsc, '-b', ...projects]);
  if (seconds > 1) console.log(`built (${seconds} s)`);
};

const [name, ...args] = process.argv.slice(2);
const program = Object.hasOwn(PROGRAMS, name ?? '') ? PROGRAMS[name] : undefined;
if (program === undefined) {
  halt(`node infra/local/bootstrap.mjs ${Object.keys(PROGRAMS).join(' | ')} [arguments]`, 2);
}
checkNode();
await install();
await build(program.build);
const file = join(ROOT, program.file);
process.argv = [process.argv[0], file, ...args];
await import(pathToFileURL(file).href);
