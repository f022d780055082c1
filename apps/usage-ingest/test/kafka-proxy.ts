/**
 * A door to the broker that can be shut: what goes through it names the proxy as the broker's
 * address, so that a client never finds the way around.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

const SIZE_BYTES = 4;

/** Cuts a stream into Kafka's frames: a size of four bytes, then so many. */
const frames = (onFrame: (frame: Buffer) => void): ((piece: Buffer) => void) => {
  let pending = Buffer.alloc(0);
  return (piece) => {
    pending = Buffer.concat([pending, piece]);
    while (pending.length >= SIZE_BYTES) {
      const end = SIZE_BYTES + pending.readInt32BE(0);
      if (pending.length < end) return;
      onFrame(pending.subarray(0, end));
      pending = pending.subarray(end);
    }
  };
};

/** A string as Kafka writes it, and a port after it. */
const address = (host: string, port: number): Buffer => {
  const bytes = Buffer.alloc(2 + host.length + 4);
  bytes.writeInt16BE(host.length, 0);
  bytes.write(host, 2);
  bytes.writeInt32BE(port, 2 + host.length);
  return bytes;
};

export class KafkaProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  /** `broker` is the advertised host:port. */
  constructor(private readonly broker: string) {}

  get brokers(): string {
    return `127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    const server = createServer((client) => this.join(client)).listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Ends every connection and refuses new ones. */
  async shut(): Promise<void> {
    const closed = this.server === undefined ? [] : [once(this.server, 'close')];
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(closed);
  }

  private join(client: Socket): void {
    const [host = '', port = ''] = this.broker.split(':');
    const upstream = connect(Number(port), host);
    const real = address(host, Number(port));
    const ours = address('127.0.0.1', this.port);
    if (real.length !== ours.length) throw new Error(`Cannot stand in for ${this.broker}.`);
    const answer = frames((frame) => {
      const at = frame.indexOf(real);
      if (at >= 0) ours.copy(frame, at);
      client.write(frame);
    });
    upstream.on('data', answer);
    client.on('data', (piece) => upstream.write(piece));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
