import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openHome } from './home.js';
import { makePasswords } from './provision.js';
import { auditorEnvironment, serviceEnvironment } from './service-environment.js';
import { pauseBefore } from './service.js';
import { stackOf } from './stack.js';
import { readState } from './state.js';

const root = mkdtempSync(join(tmpdir(), 'suanpan-env-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const stackWith = (ours: boolean) => {
  const home = openHome(root);
  const state = readState(home);
  makePasswords(state);
  state.kafka = ours
    ? { brokers: '127.0.0.1:9092', username: 'admin', password: 'secret', ours }
    : { brokers: 'given:9092', username: null, password: null, ours };
  state.postgresUrl = 'postgresql://postgres:secret@127.0.0.1:5432/postgres';
  state.redisUrl = 'redis://:secret@127.0.0.1:6379/0';
  return stackOf(home, state, { ownsServers: false, stop: () => Promise.resolve() });
};

describe('the environment of a service', () => {
  it('names its own Kafka user, app role, owner role, schema and port', () => {
    const stack = stackWith(true);
    const { passwords } = stack.state;
    expect(serviceEnvironment(stack, 'pricing')).toEqual({
      KAFKA_BROKERS: '127.0.0.1:9092',
      KAFKA_USERNAME: 'pricing',
      KAFKA_PASSWORD: passwords['kafka.pricing'],
      DATABASE_URL: `postgresql://pricing_app:${passwords['postgres.pricing_app']}@127.0.0.1:5432/suanpan`,
      MIGRATION_DATABASE_URL: `postgresql://pricing_owner:${passwords['postgres.pricing_owner']}@127.0.0.1:5432/suanpan`,
      PIPELINE_DATABASE_URL: `postgresql://pricing_pipeline:${passwords['postgres.pricing_pipeline']}@127.0.0.1:5432/suanpan`,
      DATABASE_SCHEMA: 'pricing',
      REDIS_URL: 'redis://:secret@127.0.0.1:6379/0',
      PORT: '3002',
      VAULT_KEY: stack.state.vaultKey,
    });
  });

  it('gives the pipeline role to pricing only', () => {
    const names = Object.keys(serviceEnvironment(stackWith(true), 'profit-share'));
    expect(names).not.toContain('PIPELINE_DATABASE_URL');
  });

  it('holds no superuser and no administrator', () => {
    const text = JSON.stringify(serviceEnvironment(stackWith(true), 'cross-border-settlement'));
    expect(text).not.toContain('postgres:secret');
    expect(text).not.toContain('admin');
  });

  it('logs in to given brokers as given, here without a user', () => {
    const names = Object.keys(serviceEnvironment(stackWith(false), 'pricing'));
    expect(names).not.toContain('KAFKA_USERNAME');
  });

  it('lets the auditor read with its own user and role', () => {
    const environment = auditorEnvironment(stackWith(true));
    expect(environment['KAFKA_USERNAME']).toBe('auditor');
    expect(environment['DATABASE_URL']).toContain('//auditor:');
  });
});

describe('the pause before a restart', () => {
  it('doubles from half a second and stays at ten seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(pauseBefore)).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });
});
