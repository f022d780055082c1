import { describe, expect, it } from '@jest/globals';
import { createHealth } from './health.js';
import { createLogger } from './logger.js';
import { Probe } from './probe.js';

const EVERY_MS = 10;
const logger = createLogger({ service: 'test', level: 'silent' });

/** A store that answers, fails or hangs, as the test says. */
const openStore = () => {
  const store = { asked: 0, mode: 'answers' as 'answers' | 'fails' | 'hangs' };
  const health = createHealth();
  const ask = (): Promise<unknown> => {
    store.asked += 1;
    if (store.mode === 'answers') return Promise.resolve();
    if (store.mode === 'fails') return Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1'));
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (store.mode === 'hangs') return;
        clearInterval(timer);
        resolve(undefined);
      }, 1);
    });
  };
  const probe = new Probe({ health, logger, part: 'stores', ask, everyMs: EVERY_MS });
  return { store, health, probe };
};

const looks = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 8 * EVERY_MS));

describe('a probe', () => {
  it('has the first answer when it has started', async () => {
    const { health, probe } = openStore();
    await probe.start();
    expect(health.snapshot()).toEqual({ ready: true, parts: { stores: { ready: true } } });
    probe.stop();
  });

  it.each(['fails', 'hangs'] as const)(
    'follows a store that %s and comes back, without an address on the page',
    async (mode) => {
      const { store, health, probe } = openStore();
      await probe.start();
      store.mode = mode;
      await looks();
      const away = { ready: false, detail: 'does not answer' };
      expect(health.snapshot()).toEqual({ ready: false, parts: { stores: away } });
      store.mode = 'answers';
      await looks();
      expect(health.snapshot().ready).toBe(true);
      probe.stop();
    },
  );

  it('asks one question at a time', async () => {
    const { store, probe } = openStore();
    await probe.start();
    store.mode = 'hangs';
    await looks();
    expect(store.asked).toBe(2);
    store.mode = 'answers';
    probe.stop();
  });

  it('says nothing more after it was stopped', async () => {
    const { store, health, probe } = openStore();
    await probe.start();
    probe.stop();
    store.mode = 'fails';
    await looks();
    expect(health.snapshot().ready).toBe(true);
  });
});
