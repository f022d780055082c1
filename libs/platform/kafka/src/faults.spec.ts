import { describe, expect, it } from '@jest/globals';
import { Defect, Malformed, Rejection, Unavailable } from '@suanpan/event-sourcing';
import { HaltPartition } from './breaker.js';
import { isAboveMessage, isPoison, reasonOf } from './faults.js';

const sqlState = (code: string): Error => Object.assign(new Error('x'), { code });

describe('whose fault an error is (D08)', () => {
  it.each([
    [new Malformed('DECODE_FAILED', 'x'), 'DECODE_FAILED'],
    [new Rejection('ALREADY_SIGNED', 'x'), 'ALREADY_SIGNED'],
    [sqlState('22P05'), 'REFUSED_BY_DATABASE'],
    [sqlState('22003'), 'REFUSED_BY_DATABASE'],
    [sqlState('23514'), 'REFUSED_BY_DATABASE'],
  ])('the message’s own: %s', (error, reason) => {
    expect(isPoison(error)).toBe(true);
    expect(reasonOf(error)).toBe(reason);
  });

  it.each([
    [new TypeError('x')],
    [new Defect('BROKEN', 'x')],
    [new Rejection('VERSION_CONFLICT', 'x')],
    [sqlState('23505')],
  ])('nobody knows whose: %s is tried again before the quarantine', (error) => {
    expect(isPoison(error)).toBe(false);
    expect(isAboveMessage(error)).toBe(false);
    expect(reasonOf(error)).toBe(
      error instanceof Rejection ? 'VERSION_CONFLICT' : 'HANDLER_FAILED',
    );
  });

  it('not the message’s: a store that is away, a partition that must stop', () => {
    expect(isAboveMessage(new Unavailable('DATABASE_UNAVAILABLE', 'x'))).toBe(true);
    expect(isAboveMessage(new HaltPartition('BREAKER', 'x', { topic: 't', partition: 0 }))).toBe(
      true,
    );
  });
});
