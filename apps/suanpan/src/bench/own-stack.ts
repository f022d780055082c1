/**
 * A stack of a command's own: other data, other ports, the packages that are fetched already.
 *
 * Invariant   it begins empty; what the demo has under .suanpan is never touched.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  ensureTopics,
  REPOSITORY,
  resetStack,
  type ServiceName,
  type Stack,
  StackProblem,
  startStack,
  withAdmin,
} from '@suanpan/local-stack';
import { topics } from '@suanpan/messages';

import { demoEnvironment, programOf, runProgram } from '../demo/services.js';

const GIVEN = ['KAFKA_BROKERS', 'DATABASE_URL', 'REDIS_URL'] as const;

const homeOf = (name: string): string => join(REPOSITORY, '.suanpan', name);

/** Beside the demo's: a second download would gain nothing. */
const sharePackages = (): void => {
  const folder = process.env['SUANPAN_HOME'] ?? join(REPOSITORY, '.suanpan');
  process.env['SUANPAN_PACKAGES'] ??= join(folder, 'packages');
};

/** Starts empty servers in `.suanpan/<name>`, with all topics. They end with this process. */
export const startOwnStack = async (
  name: string,
  print: (line: string) => void,
): Promise<Stack> => {
  const given = GIVEN.find((variable) => (process.env[variable] ?? '') !== '');
  if (given !== undefined) {
    throw new StackProblem(`This runs on servers of its own: unset ${given}.`);
  }
  sharePackages();
  const home = homeOf(name);
  if (existsSync(join(home, 'stack.json'))) await resetStack({ home, log: print });
  const stack = await startStack({ home, log: print });
  await withAdmin(stack.kafka, (admin) => ensureTopics(admin, topics));
  return stack;
};

/** Drops the data; the folder of a failed run stays for a look. */
export const dropOwnStack = (name: string): Promise<void> => resetStack({ home: homeOf(name) });

/** Runs the migrations of one service. */
export const migrateService = async (stack: Stack, service: ServiceName): Promise<void> => {
  const { code, output, errors } = await runProgram(
    [programOf(service, 'migrate')],
    demoEnvironment(stack, service),
  );
  if (code === 0) return;
  const last = `${output}${errors}`.trimEnd().split('\n').slice(-12).join('\n');
  throw new StackProblem(`The migrations of ${service} failed:\n${last}`);
};
