/** The built service as a process of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { until } from '@suanpan/platform-testing';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

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

  static async start(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, [MAIN], {
      env: { ...env, PATH: process.env['PATH'] ?? '', PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServiceProcess(`http://localhost:${port}`, child);
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until it answers, or has ended. */
  async ready(): Promise<void> {
    await until(
      'pricing is ready',
      async () => {
        if (!this.alive) throw new Error(`pricing ended: ${this.output}`);
        const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
        return answer?.status === 200 ? true : undefined;
      },
      60_000,
    );
  }

  /** The signal that ended it. */
  async ended(): Promise<NodeJS.Signals | null> {
    await until('pricing has ended', () => (this.alive ? undefined : true), 60_000);
    return this.child.signalCode;
  }

  async stop(): Promise<void> {
    if (!this.alive) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}
