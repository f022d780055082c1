import { describe, expect, it } from '@jest/globals';
import { Defect, Unavailable } from '@suanpan/event-sourcing';
import { StaleEpoch } from '@suanpan/platform-postgres';
import { HaltPartition } from './breaker.js';
import { fromFault, toFault } from './thread-protocol.js';

describe('an error that crosses between threads', () => {
  it.each([
    [new Unavailable('DATABASE_UNAVAILABLE', 'away')],
    [new StaleEpoch('another holds it')],
    [new Defect('IDENTITY_COLLISION', 'two triples')],
    [new HaltPartition('BREAKER', 'too many', { topic: 'usage.recorded', partition: 7 })],
  ])('is %s again', (error) => {
    const again = fromFault(structuredClone(toFault(error)));
    expect(again.constructor).toBe(error.constructor);
    expect(again).toMatchObject({ ...error, message: error.message });
    expect(again.stack).toBe(error.stack);
  });

  it('is a defect that tells where it came from when nobody expected it', () => {
    const broken = Object.assign(new Error('violates unique constraint'), { code: '23505' });
    const again = fromFault(toFault(broken));
    expect(again).toBeInstanceOf(Defect);
    const message = 'violates unique constraint; code: 23505';
    expect(again).toMatchObject({ code: 'THREAD_FAULT', message });
    expect(again.stack).toContain('thread-protocol.spec');
  });
});
