/**
 * The built service as a process of its own, in a corner of the real stack.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { issueApiKey } from '@suanpan/platform-http';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { endCounting } from './log-watch.js';
import { NOW, SOURCE } from './usage-event.js';

const run = promisify(execFile);
const dist = (name: string): string =>
  fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

export type Env = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Request {
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
}

const parsed = (text: string): Answer['body'] => {
  try {
    return JSON.parse(text) as Answer['body'];
  } catch {
    return {};
  }
};

/** One process of the service. */
export class ServiceProcess {
  private output = '';

  constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.on('data', (piece: Buffer) => (this.output += piece.toString()));
    child.stderr?.on('data', (piece: Buffer) => (this.output += piece.toString()));
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get log(): string {
    return this.output;
  }

  /** Resident memory in MiB. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1_024;
  }

  /** CPU time that all its threads have used, in milliseconds; the kernel counts in tens. */
  get cpuMillis(): number {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return 10 * (Number(user) + Number(system));
  }

  async ask(path: string, { method = 'POST', body, headers = {}, key }: Request): Promise<Answer> {
    const authorization: Env = key === undefined ? {} : { Authorization: `Bearer ${key}` };
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...authorization, ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: parsed(text) };
  }

  async ready(): Promise<void> {
    await until(
      'the service is ready',
      async () => {
        if (!this.alive) throw new Error(`The service ended: ${this.log}`);
        const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
        return answer?.status === 200 ? true : undefined;
      },
      90_000,
    );
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.alive) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}

/** A corner of the stack with migrated schemas and keys, and the service on it. */
export interface Corner {
  readonly stack: TestStack;
  readonly env: Env;
  readonly access: string;
  readonly operatorKey: string;
  readonly centreKey: string;
  /** Of a centre; null: of the tenant's operator. */
  keyOf(tenant: string, centre: string | null): Promise<string>;
  putCentre(tenant: string, centre: string, status: string): Promise<void>;
  start(more?: Env): Promise<ServiceProcess>;
  dispose(): Promise<void>;
}

const launch = async (env: Env): Promise<ServiceProcess> => {
  const port = await freePort();
  const child = spawn(process.execPath, [dist('main')], {
    env: { ...env, PATH: process.env['PATH'] ?? '', PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new ServiceProcess(`http://localhost:${port}`, child);
};

export const openCorner = async (): Promise<Corner> => {
  const stack = await testStack({
    service: 'usage-ingest',
    topics: ['usage.recorded', 'usage.refused', 'usage.quarantined', 'contract'],
  });
  const access = `${stack.schema}_access`;
  const env: Env = { ...stack.env, ACCESS_SCHEMA: access, SIMULATED_NOW: NOW, LOG_LEVEL: 'warn' };
  const { ACCESS_MIGRATION_DATABASE_URL: _shared, ...own } = env;
  await run(process.execPath, [dist('migrate')], { env: own });
  const processes: ServiceProcess[] = [];
  const inTenant = (tenant: string, party: string | null): Promise<string> =>
    stack.db.inTenant({ tenant }, async (tx) => {
      const role = party === null ? 'operator' : 'centre';
      const sources = party === null ? [] : [SOURCE];
      return (await issueApiKey(tx, { tenant, party, role, sources }, access)).apiKey;
    });
  const putCentre = async (tenant: string, centre: string, status: string): Promise<void> => {
    await stack.db.inTenant({ tenant }, (tx) =>
      tx.query(
        `insert into centre (tenant, centre, name, country, status) values ($1, $2, $2, 'CN', $3)
         on conflict (tenant, centre) do update set status = excluded.status`,
        [tenant, centre, status],
      ),
    );
  };
  await putCentre('shantou', 'gz', 'active');
  return {
    stack,
    env: own,
    access,
    operatorKey: await inTenant('shantou', null),
    centreKey: await inTenant('shantou', 'gz'),
    keyOf: inTenant,
    putCentre,
    start: async (more = {}) => {
      const service = await launch({ ...own, ...more });
      processes.push(service);
      await service.ready();
      return service;
    },
    dispose: async () => {
      await Promise.all(processes.map((service) => service.stop('SIGKILL')));
      await endCounting(stack);
      await stack.asSuperuser(`drop schema if exists ${access} cascade`);
      await stack.dispose();
    },
  };
};
