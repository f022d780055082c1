import { describe, expect, it } from '@jest/globals';
import { brokersDetail, createHealth } from './health.js';

describe('health', () => {
  it('is ready when every part that has reported is ready', () => {
    const health = createHealth();
    expect(health.snapshot()).toEqual({ ready: true, parts: {} });
    health.report('log', false, 'joining');
    health.report('postgres', true);
    expect(health.snapshot()).toEqual({
      ready: false,
      parts: { log: { ready: false, detail: 'joining' }, postgres: { ready: true } },
    });
    health.report('log', true);
    expect(health.snapshot().ready).toBe(true);
  });

  it('R21 says that one broker does not survive the loss of power', () => {
    expect(brokersDetail(1)).toContain('not the loss of power');
    expect(brokersDetail(3)).toBe('3 brokers');
  });
});
