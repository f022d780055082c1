import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openHome } from './home.js';
import { makePasswords } from './provision.js';
import { fitsEnvironment } from './start.js';
import { passwordOf, readState, writeState } from './state.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'suanpan-state-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('stack.json', () => {
  it('is readable by its owner only', () => {
    const home = openHome(root);
    writeState(home, readState(home));
    expect(statSync(home.stateFile).mode & 0o777).toBe(0o600);
  });

  it('keeps a password once it is made', () => {
    const home = openHome(root);
    const state = readState(home);
    const password = passwordOf(state, 'kafka.pricing');
    writeState(home, state);
    expect(passwordOf(readState(home), 'kafka.pricing')).toBe(password);
  });

  it('gives each user another password', () => {
    const state = readState(openHome(root));
    makePasswords(state);
    const passwords = Object.values(state.passwords);
    expect(new Set(passwords).size).toBe(passwords.length);
    expect(passwords.every((password) => /^[0-9a-f]{36}$/.test(password))).toBe(true);
  });

  it('has a cluster id that no command line reads as an option', () => {
    const ids = Array.from({ length: 500 }, () => readState(openHome(root)).clusterId);
    expect(ids.every((id) => /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(id))).toBe(true);
  });

  it('halts with a sentence when it is not readable', () => {
    const home = openHome(root);
    writeFileSync(home.stateFile, '{"version":1,');
    expect(() => readState(home)).toThrow('npm run stack -- reset');
  });
});

describe('a running stack', () => {
  const running = () => {
    const state = readState(openHome(root));
    state.kafka = { brokers: '127.0.0.1:9092', username: 'admin', password: 'x', ours: true };
    state.postgresUrl = 'postgresql://postgres:x@127.0.0.1:5432/postgres';
    state.redisUrl = 'redis://:x@127.0.0.1:6379/0';
    const mark = { pid: 1, born: '1' };
    state.servers = ['kafka-1', 'postgres', 'redis'].map((name) => ({
      name,
      guard: mark,
      server: mark,
    }));
    return state;
  };

  it('is joined when the environment gives no addresses', () => {
    expect(fitsEnvironment(running(), { REDIS_URL: '' })).toBe(true);
  });

  it('is not joined when the environment gives another server', () => {
    expect(fitsEnvironment(running(), { KAFKA_BROKERS: 'elsewhere:9092' })).toBe(false);
  });

  it('is joined when it was started with the address that the environment gives', () => {
    const state = running();
    state.servers = state.servers.filter(({ name }) => name !== 'redis');
    state.redisUrl = 'redis://elsewhere:6379/0';
    expect(fitsEnvironment(state, { REDIS_URL: 'redis://elsewhere:6379/0' })).toBe(true);
    expect(fitsEnvironment(state, {})).toBe(false);
  });
});
