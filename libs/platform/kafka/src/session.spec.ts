import { describe, expect, it } from '@jest/globals';
import { createHealth, createLogger } from '@suanpan/platform-observability';
import { createKafka } from './client.js';
import { Partitions } from './partition-state.js';
import { halt, seek } from './session.js';
import type { Session } from './session.js';

/** A consumer that has no group: as it is between a crash and its restart. */
const consumer = createKafka({ KAFKA_BROKERS: '127.0.0.1:1' }).consumer({ groupId: 'restarting' });
const health = createHealth();
const session = {
  options: { prefix: '', health },
  consumer,
  logger: createLogger({ service: 'test', level: 'silent' }),
} as unknown as Session;
const stateOf = () => new Partitions().at('invoice', 3);

describe('a consumer that restarts', () => {
  it('halts a partition all the same, with its alarm', () => {
    const state = stateOf();
    halt(session, state, { code: 'BREAKER', detail: 'too many' });
    expect(state.halted).toBe('BREAKER');
    expect(health.snapshot().parts).toEqual({
      'log invoice/3': { ready: false, detail: 'BREAKER' },
    });
  });

  it('is asked for no offset: joining again asks for the stored ones', () => {
    expect(() => seek(session, stateOf(), 5n)).not.toThrow();
  });

  it('still throws what is our own fault', () => {
    expect(() => seek(session, stateOf(), -5n)).toThrow('Offset must not be a negative number');
  });
});
