/** The built service as a process of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { until } from '@suanpan/platform-testing';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const START_MS = 60_000;
/** A killed consumer's place in the group is free only when its session has ended. */
const END_MS = 90_000;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

export class ServiceProcess {
  private output = '';

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.on('data', (piece: Buffer) => (this.output += piece.toString()));
    child.stderr?.on('data', (piece: Buffer) => (this.output += piece.toString()));
  }

  /** Starts it and waits until the door is open. */
  static async start(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, [MAIN], {
      env: { ...env, PATH: process.env['PATH'] ?? '', PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new ServiceProcess(`http://localhost:${port}`, child);
    await service.open();
    return service;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until the log is joined. */
  async ready(): Promise<void> {
    await until(
      'profit-share is ready',
      async () => {
        const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
        return answer?.status === 200 ? true : undefined;
      },
      START_MS,
    );
  }

  /** The signal that ended it. */
  async ended(): Promise<NodeJS.Signals | null> {
    await until('profit-share has ended', () => (this.alive ? undefined : true), END_MS);
    return this.child.signalCode;
  }

  async stop(): Promise<void> {
    if (!this.alive) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }

  /** It may end before its door has opened: whoever waits for that sees it by `ended`. */
  private async open(): Promise<void> {
    await until(
      `profit-share is live: ${this.output}`,
      async () => {
        if (this.child.signalCode === 'SIGKILL') return true;
        if (!this.alive) throw new Error(`profit-share ended: ${this.output}`);
        const answer = await fetch(`${this.url}/health/live`).catch(() => undefined);
        return answer?.status === 200 ? true : undefined;
      },
      START_MS,
    );
  }
}
