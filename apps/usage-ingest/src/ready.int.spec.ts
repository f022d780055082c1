import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpProxy, until } from '@suanpan/platform-testing';
import { KafkaProxy } from '../test/kafka-proxy.js';
import { openCorner } from '../test/running-service.js';
import type { Corner, ServiceProcess } from '../test/running-service.js';

interface Ready {
  readonly status: number;
  readonly parts: Readonly<Record<string, { readonly ready: boolean; readonly detail?: string }>>;
}

let corner: Corner;
let broker: KafkaProxy;
let postgres: TcpProxy;
let service: ServiceProcess;

beforeAll(async () => {
  corner = await openCorner();
  broker = new KafkaProxy(corner.env['KAFKA_BROKERS'] ?? '');
  await broker.open();
  const url = new URL(corner.env['DATABASE_URL'] ?? '');
  postgres = new TcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(await postgres.open());
  service = await corner.start({ KAFKA_BROKERS: broker.brokers, DATABASE_URL: url.href });
}, 180_000);
afterAll(async () => {
  await corner.dispose();
  await broker.shut();
  await postgres.close();
}, 60_000);

const ready = async (): Promise<Ready> => {
  const { status, body } = await service.ask('/health/ready', { method: 'GET' });
  return { status, parts: body['parts'] as Ready['parts'] };
};

const untilStatus = (wanted: number): Promise<Ready> =>
  until(
    `ready answers ${wanted}`,
    async () => {
      const answer = await ready();
      return answer.status === wanted ? answer : undefined;
    },
    45_000,
  );

describe('GET /health/ready', () => {
  it('follows PostgreSQL that goes and comes back', async () => {
    expect((await untilStatus(200)).parts['stores']).toEqual({ ready: true });
    postgres.cut(true);
    const away = await untilStatus(503);
    expect(away.parts['stores']).toEqual({ ready: false, detail: 'does not answer' });
    postgres.cut(false);
    await untilStatus(200);
  }, 120_000);

  it('follows a broker that goes and comes back, though nobody sends', async () => {
    await broker.shut();
    const away = await untilStatus(503);
    expect(away.parts['kafka']).toEqual({ ready: false, detail: 'does not answer' });
    await broker.open();
    await untilStatus(200);
  }, 120_000);

  it('R21 says what one broker survives', async () => {
    const { parts } = await ready();
    expect(parts['brokers']?.detail).toBe('1 broker: survives a kill, not the loss of power');
  });
});
