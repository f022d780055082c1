import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type Service,
  type ServiceName,
  servicePort,
  type Stack,
  StackProblem,
} from '@suanpan/local-stack';

/**
 * services.json: which processes run on a stack, for people who look for a log and for a second start.
 *
 * Invariant   the services of one stack run once: two pricing processes would share the partitions, and a person
 *             would see half of each.
 */
interface RunningService {
  readonly name: string;
  readonly pid: number | null;
  readonly url: string;
  readonly logFile: string;
}

const fileOf = (stack: Stack): string => join(stack.home.root, 'services.json');

/** Writes down what runs. */
export const writeServices = (stack: Stack, services: readonly Service[]): void => {
  const known = services.map((service): RunningService => ({
    name: service.name,
    pid: service.pid(),
    url: `http://127.0.0.1:${servicePort(stack, service.name as ServiceName)}`,
    logFile: service.logFile,
  }));
  writeFileSync(fileOf(stack), `${JSON.stringify(known, null, 2)}\n`);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const answers = async ({ pid, url }: RunningService): Promise<boolean> => {
  if (pid === null || !isAlive(pid)) return false;
  // The number alone may belong to another process by now.
  const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(2_000) }).catch(
    () => null,
  );
  await response?.body?.cancel();
  return response?.ok === true;
};

/** Halts when another start still runs its services here. */
export const requireNoServices = async (stack: Stack): Promise<void> => {
  if (!existsSync(fileOf(stack))) return;
  const known = JSON.parse(readFileSync(fileOf(stack), 'utf8')) as readonly RunningService[];
  for (const service of known) {
    if (await answers(service)) {
      throw new StackProblem(
        `${service.name} already runs here (process ${service.pid}, ${service.url}/docs): ` +
          'end the other npm start first, with Ctrl-C in its terminal.',
      );
    }
  }
};
