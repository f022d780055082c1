import { describe, expect, it } from '@jest/globals';
import { readServiceConfig } from './service-config.js';

const env = { KAFKA_BROKERS: 'localhost:9092', DATABASE_URL: 'postgresql://app@localhost/suanpan' };
const defaults = { service: 'profit-share', defaultPort: 3003 };

describe('readServiceConfig', () => {
  it('takes the usual port and schema when none is given', () => {
    expect(readServiceConfig({ ...env, PORT: '' }, defaults)).toMatchObject({
      port: 3003,
      databaseSchema: 'profit_share',
      accessSchema: 'access',
      lateLimitDays: 45,
      topicPrefix: '',
    });
  });

  it('reads several brokers', () => {
    const config = readServiceConfig({ ...env, KAFKA_BROKERS: 'a:1,b:2' }, defaults);
    expect(config.kafkaBrokers).toEqual(['a:1', 'b:2']);
  });

  it.each([
    [{ ...env, DATABASE_URL: undefined }, 'DATABASE_URL must be set.'],
    [{ ...env, DATABASE_URL: 'mysql://x' }, 'DATABASE_URL must be a postgresql:// address.'],
    [{ ...env, PORT: 'http' }, 'PORT must be a whole number.'],
    [{ ...env, PORT: '65536' }, 'PORT must be at most 65535.'],
    [{ ...env, VAULT_KEY: 'short' }, 'VAULT_KEY must be 32 bytes in hex.'],
    [{ ...env, KAFKA_BROKERS: 'a' }, 'KAFKA_BROKERS must be host:port, several with commas.'],
  ])('says in one sentence what is wrong', (given, sentence) => {
    expect(() => readServiceConfig(given, defaults)).toThrow(sentence);
  });

  it('never repeats a value, which may be a secret', () => {
    const secret = { ...env, VAULT_KEY: 'hunter2' };
    expect(() => readServiceConfig(secret, defaults)).toThrow(/^(?!.*hunter2)/);
  });
});
