/**
 * A server that comes and goes, though the real one behind it stays.
 *
 * Owns        bytes on their way; it understands none of them.
 */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export class TcpProxy {
  /** While true, bytes vanish on their way: neither side learns that the other is gone. */
  frozen = false;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private down = false;

  constructor(private readonly target: { readonly host: string; readonly port: number }) {}

  /** Listens on a free port of this machine, and gives it. */
  async open(): Promise<number> {
    const server = createServer((client) => this.join(client));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Breaks every connection; with `down` no new one is taken until `cut(false)`. */
  cut(down: boolean): void {
    this.down = down;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  async close(): Promise<void> {
    this.cut(true);
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private join(client: Socket): void {
    if (this.down) {
      client.destroy();
      return;
    }
    const server = connect(this.target.port, this.target.host);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.on('data', (bytes: Buffer) => {
        if (!this.frozen) other.write(bytes);
      });
    }
  }
}
