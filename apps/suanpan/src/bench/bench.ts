/**
 * What every measurement needs: the servers, one look into PostgreSQL, the services one at a time.
 *
 * Invariant   a service that is measured is never restarted: its end is the end of the bench.
 */
import {
  kafkaClient,
  reserveServicePorts,
  type Service,
  type ServiceName,
  type Stack,
  StackProblem,
  startService,
  withAdmin,
} from '@suanpan/local-stack';
import type { Kafka } from 'kafkajs';
import pg from 'pg';

import { demoEnvironment, programOf, urlOf } from '../demo/services.js';

export interface Bench {
  readonly stack: Stack;
  readonly kafka: Kafka;
  /** The superuser's one connection. */
  readonly sql: pg.Client;
  readonly print: (line: string) => void;
  /** Events of one round. */
  readonly events: number;
}

const RETRIES = 8;

export const openBench = async (
  stack: Stack,
  { print, events }: Pick<Bench, 'print' | 'events'>,
): Promise<Bench> => {
  const sql = new pg.Client({ connectionString: stack.postgres.superuserUrl });
  await sql.connect();
  // A shutdown by signal ends the server first: that is no news.
  sql.on('error', () => undefined);
  return { stack, kafka: kafkaClient(stack.kafka, RETRIES), sql, print, events };
};

const serverPid = ({ stack }: Bench, name: string): number => {
  const found = stack.state.servers.find((server) => server.name === name);
  if (found === undefined) throw new StackProblem(`${name} is not a server of this stack.`);
  return found.server.pid;
};

export const postgresPid = (bench: Bench): number => serverPid(bench, 'postgres');
export const kafkaPid = (bench: Bench): number => serverPid(bench, 'kafka-1');

export interface Running {
  readonly service: Service;
  pid(): number;
}

/** Starts a service; waits for its door only when asked to. */
export const begin = async (
  { stack }: Bench,
  name: ServiceName,
  { ready }: { readonly ready: boolean },
): Promise<Running> => {
  // Measurements lie minutes apart: another program may have taken the port meanwhile.
  await reserveServicePorts(stack);
  const service = await startService({
    name,
    command: [process.execPath, programOf(name, 'main')],
    env: demoEnvironment(stack, name),
    home: stack.home.root,
    ...(ready ? { ready: { url: `${urlOf(stack, name)}/health/ready` } } : {}),
  });
  const pid = (): number => {
    const now = service.pid();
    if (now === null) throw new StackProblem(`${name} has ended; its log is ${service.logFile}`);
    return now;
  };
  // The door that answered is ours only while our process runs.
  pid();
  return { service, pid };
};

/** One row of SQL; throws when there is none. */
export const row = async <R>({ sql }: Bench, text: string): Promise<R> => {
  const [first] = (await sql.query(text)).rows as R[];
  if (first === undefined) throw new Error(`No row: ${text}`);
  return first;
};

/** Every measurement of PostgreSQL begins with nothing left to write. */
export const settle = async ({ sql }: Bench): Promise<void> => {
  await sql.query('checkpoint');
};

/** How many records a topic holds. */
export const recordsIn = (stack: Stack, topic: string): Promise<number> =>
  withAdmin(stack.kafka, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  });
