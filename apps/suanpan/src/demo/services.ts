import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  type Log,
  REPOSITORY,
  reserveServicePorts,
  type Service,
  serviceEnvironment,
  type ServiceName,
  servicePort,
  SERVICES,
  type Stack,
  StackProblem,
  startService,
} from '@suanpan/local-stack';

import { tracingOf } from './tracing.js';

/**
 * The four services of the demo as supervised processes, with their migrations and their clocks.
 *
 * Owns        what each service's environment adds to the stack's, and the order of the start.
 * Source      docs/architecture.md 2; R16
 */
export const SERVICE_NAMES = Object.keys(SERVICES) as readonly ServiceName[];

/** The demo's present (R16): after all that happens in it, inside the ECB data. */
export const SIMULATED_NOW = '2026-06-30T00:00:00Z';
/** Pricing closes May on the next morning, so that an invoice is older than what pays it. */
export const CLOSING_NOW = '2026-06-01T02:00:00Z';

// From the simulated now, the first of May is 60 days back; the door's usual limit is 45.
const LATE_LIMIT_DAYS = '90';
const RESTARTS_MAX = 5;

export const urlOf = (stack: Stack, service: ServiceName): string =>
  `http://127.0.0.1:${servicePort(stack, service)}`;

/** The environment of a service in the demo. */
export const demoEnvironment = (stack: Stack, service: ServiceName): Record<string, string> => ({
  ...serviceEnvironment(stack, service),
  SIMULATED_NOW: service === 'pricing' ? CLOSING_NOW : SIMULATED_NOW,
  LATE_LIMIT_DAYS,
  LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
});

export type ProgramName = 'main' | 'migrate' | 'operator-key' | 'replay';

const fileOf = (service: ServiceName, program: ProgramName): string =>
  join(REPOSITORY, 'apps', service, 'dist', `${program}.js`);

/** Whether a service has a program of that kind at all; one that keeps no projection has no replay. */
export const hasProgram = (service: ServiceName, program: ProgramName): boolean =>
  existsSync(fileOf(service, program));

export const programOf = (service: ServiceName, program: ProgramName): string => {
  const file = fileOf(service, program);
  if (!existsSync(file)) throw new StackProblem(`${file} is missing: npm run build`);
  return file;
};

interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program of a service, with its arguments, to its end. */
export const runProgram = (
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...command], {
      cwd: REPOSITORY,
      env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { output: '', errors: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      said.output += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said.errors += chunk.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
  });

const migrate = async (stack: Stack, service: ServiceName): Promise<void> => {
  const { code, output, errors } = await runProgram(
    [programOf(service, 'migrate')],
    demoEnvironment(stack, service),
  );
  if (code === 0) return;
  const last = `${output}${errors}`.trimEnd().split('\n').slice(-12).join('\n');
  throw new StackProblem(`The migrations of ${service} failed:\n${last}`);
};

/** Brings every schema to its newest version; usage-ingest first, since it also makes `access`. */
export const migrateAll = async (stack: Stack): Promise<void> => {
  await migrate(stack, 'usage-ingest');
  const others = SERVICE_NAMES.filter((service) => service !== 'usage-ingest');
  await Promise.all(others.map((service) => migrate(stack, service)));
};

/** Starts all four and waits until each answers. They end with this process. */
export const startServices = async (stack: Stack, log: Log): Promise<readonly Service[]> => {
  await reserveServicePorts(stack);
  return Promise.all(
    SERVICE_NAMES.map((name) => {
      const tracing = tracingOf(name);
      return startService({
        name,
        command: [process.execPath, ...tracing.flags, programOf(name, 'main')],
        env: { ...demoEnvironment(stack, name), ...tracing.env },
        home: stack.home.root,
        log,
        ready: { url: `${urlOf(stack, name)}/health/ready` },
        restart: { attemptsMax: RESTARTS_MAX },
      });
    }),
  );
};
