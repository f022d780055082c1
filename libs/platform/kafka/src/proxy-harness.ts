/**
 * A proxy between kafkajs and the broker that understands frames, for the producer's own suites.
 *
 * Shape       each request is 4 bytes of length, then api key (2), version (2), correlation id (4);
 *             each response is 4 bytes of length, then the correlation id.
 * Owns        wiring for tests only; nothing here is exported from the package.
 */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import kafkajs from 'kafkajs';
import type { Kafka } from 'kafkajs';
import { kafkaConfig } from './client.js';

const PRODUCE = 0;

/** Calls `frame` with each whole frame of a stream. */
const framed = (frame: (bytes: Buffer) => void) => {
  let rest = Buffer.alloc(0);
  return (chunk: Buffer): void => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const end = 4 + rest.readInt32BE(0);
      if (rest.length < end) return;
      frame(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
};

export class KafkaProxy {
  /** Produce responses still to be swallowed. */
  swallow = 0;
  swallowed = 0;
  frozen = false;
  private down = false;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  /** Breaks every connection, as a broker that dies does; with `down` no new one is taken. */
  cut(down: boolean): void {
    this.down = down;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  /** Listens for kafkajs, whose socket factory says where each connection is really meant to go. */
  async open(): Promise<void> {
    this.server = createServer((client) => {
      if (this.down) {
        client.destroy();
        return;
      }
      this.sockets.add(client);
      client.on('error', () => client.destroy());
      client.once('data', (first: Buffer) => {
        const end = first.indexOf('\n') + 1;
        const [host = '', port = ''] = first.toString('utf8', 0, end).trim().split(' ');
        this.join(client, connect(Number(port), host));
        if (first.length > end) client.emit('data', first.subarray(end));
      });
    });
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  /** The product's own client but for the proxy between, and for requests that time out sooner. */
  through(env: Readonly<Record<string, string>>): Kafka {
    const { port } = this.server?.address() as AddressInfo;
    return new kafkajs.Kafka({
      ...kafkaConfig(env),
      requestTimeout: 1_500,
      socketFactory: ({ host, port: target, onConnect }) => {
        const socket = connect(port, '127.0.0.1', () => {
          // The first line says where this connection is meant to go; the proxy takes it out.
          socket.write(`${host} ${target}\n`);
          onConnect();
        });
        return socket;
      },
    });
  }

  private join(client: Socket, broker: Socket): void {
    const dropped = new Set<number>();
    this.sockets.add(broker);
    client.on(
      'data',
      framed((bytes) => {
        if (this.frozen) return;
        if (bytes.readInt16BE(4) === PRODUCE && this.swallow > 0) {
          this.swallow -= 1;
          dropped.add(bytes.readInt32BE(8));
        }
        broker.write(bytes);
      }),
    );
    broker.on(
      'data',
      framed((bytes) => {
        if (dropped.delete(bytes.readInt32BE(4))) this.swallowed += 1;
        else if (!this.frozen) client.write(bytes);
      }),
    );
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }
}
