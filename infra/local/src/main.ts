/**
 * `npm run stack -- up | down | status | reset | logs [server] | env [service]`
 *
 * Owns        the command line of the local stack.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tailOf } from './guarded.js';
import { openHome } from './home.js';
import { StackProblem, reasonOf } from './problem.js';
import { isAlive } from './processes.js';
import { SERVICES, auditorEnvironment, serviceEnvironment } from './service-environment.js';
import type { ServiceName } from './service-environment.js';
import { attachStack, isAnswering } from './stack.js';
import { startStack } from './start.js';
import { readState } from './state.js';
import { resetStack, stopStack } from './stop.js';

const USAGE = `npm run stack -- <command>
  up              start Kafka, PostgreSQL and Redis; they stay up until down (STACK_BROKERS=3: three brokers)
  down            stop them and keep their data
  status          what runs, where; exit code 1 when the stack does not answer
  reset           stop them and drop their data
  logs [server]   the last lines of each log, or 200 lines of one
  env [service]   the environment of a service, of the auditor, or of the administrator`;

const log = (line: string): void => console.log(line);

const up = async (): Promise<number> => {
  const stack = await startStack({ log, detached: true });
  log(`Kafka       ${stack.kafka.brokers}`);
  log(`PostgreSQL  ${new URL(stack.postgres.superuserUrl).host}, database suanpan`);
  log(`Redis       ${new URL(stack.redis.url).host}`);
  log(`Passwords are in ${stack.home.stateFile}; npm run stack -- down stops it.`);
  return 0;
};

const status = async (): Promise<number> => {
  const home = openHome();
  const state = readState(home);
  for (const { name, guard, server } of state.servers) {
    const runs = isAlive(guard) && isAlive(server);
    log(`${name.padEnd(10)} ${runs ? 'runs' : 'gone'}   process ${server.pid}`);
  }
  const answers = await isAnswering(state);
  log(answers ? `the stack of ${home.root} answers` : `no stack answers in ${home.root}`);
  if (answers) log(`Kafka ${state.kafka?.brokers}`);
  return answers ? 0 : 1;
};

const logs = ([server]: readonly string[]): Promise<number> => {
  const home = openHome();
  if (server !== undefined) {
    log(tailOf(join(home.logs, `${server}.log`), 200));
  } else {
    for (const file of readdirSync(home.logs).filter((name) => name.endsWith('.log'))) {
      log(`── ${file}\n${tailOf(join(home.logs, file))}`);
    }
  }
  return Promise.resolve(0);
};

const environmentOf = async (name: string): Promise<Record<string, string>> => {
  const stack = await attachStack();
  if (name in SERVICES) return serviceEnvironment(stack, name as ServiceName);
  if (name === 'auditor') return auditorEnvironment(stack);
  if (name !== 'admin') {
    throw new StackProblem(
      `${name} is none of ${Object.keys(SERVICES).join(', ')}, auditor, admin.`,
    );
  }
  return {
    KAFKA_BROKERS: stack.kafka.brokers,
    KAFKA_USERNAME: stack.kafka.username ?? '',
    KAFKA_PASSWORD: stack.kafka.password ?? '',
    DATABASE_URL: stack.postgres.superuserUrl,
    REDIS_URL: stack.redis.url,
  };
};

const env = async ([name = 'admin']: readonly string[]): Promise<number> => {
  for (const [key, value] of Object.entries(await environmentOf(name))) log(`${key}=${value}`);
  return 0;
};

const main = async ([command, ...rest]: readonly string[]): Promise<number> => {
  switch (command) {
    case 'up':
      return up();
    case 'down':
      await stopStack({ log });
      log('stopped');
      return 0;
    case 'status':
      return status();
    case 'reset':
      await resetStack({ log });
      log('stopped, and the data dropped');
      return 0;
    case 'logs':
      return logs(rest);
    case 'env':
      return env(rest);
    default:
      log(USAGE);
      return 2;
  }
};

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof StackProblem ? error.message : reasonOf(error));
    process.exit(1);
  },
);
