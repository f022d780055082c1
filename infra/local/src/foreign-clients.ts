/**
 * Clients of other systems, unmodified, that tests send with: OpenMeter's SDK and LiteLLM.
 *
 * Owns        fetching them into the packages folder. No service needs them, and none is a
 *             dependency of the repository: OpenMeter's asks for a newer Node than ours by name,
 *             LiteLLM is Python.
 * Source      infra/local/packages/openmeter, infra/local/packages/python/litellm.txt
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchOnce } from './fetch.js';
import { LOCAL, openHome } from './home.js';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import { mustRun, onPath } from './tools.js';

const OPENMETER = 'openmeter-1.0.0-beta.232';
const LITELLM = 'litellm-1.106.2';

/** The URL of OpenMeter's SDK, to be imported. */
export const openMeterSdk = async (log: Log): Promise<string> => {
  const folder = join(openHome().packages, OPENMETER);
  await fetchOnce({ what: 'OpenMeter’s SDK (npm)', folder, log }, async (temporary) => {
    for (const name of ['package.json', 'package-lock.json']) {
      copyFileSync(join(LOCAL, 'packages', 'openmeter', name), join(temporary, name));
    }
    const flags = ['--engine-strict=false', '--ignore-scripts', '--no-audit', '--no-fund'];
    const args = ['ci', ...flags, '--loglevel=error'];
    await mustRun('Fetching OpenMeter’s SDK with npm', { command: 'npm', args, cwd: temporary });
  });
  const file = join(folder, 'node_modules', '@openmeter', 'sdk', 'dist', 'index.js');
  return pathToFileURL(file).href;
};

/** A Python program, and the environment in which it finds LiteLLM. */
export interface LiteLlm {
  readonly python: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Python with LiteLLM. */
export const liteLlm = async (log: Log): Promise<LiteLlm> => {
  const python = onPath('python3');
  if (python === null) {
    throw new StackProblem('Python 3.11 with pip is needed to run LiteLLM: install python3-pip.');
  }
  const folder = join(openHome().packages, LITELLM);
  await fetchOnce({ what: 'LiteLLM (PyPI)', folder, log }, async (temporary) => {
    const list = join(LOCAL, 'packages', 'python', 'litellm.txt');
    const flags = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'];
    const args = ['-m', 'pip', 'install', ...flags, '--target', temporary, '-r', list];
    await mustRun('Fetching LiteLLM with pip', { command: python, args });
  });
  return { python, env: { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' } };
};
