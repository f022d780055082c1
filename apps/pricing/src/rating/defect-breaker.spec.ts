import { describe, expect, it } from '@jest/globals';
import { Breaker, DEFECTS_MAX, HaltPartition } from '@suanpan/platform-kafka';
import type { LogBatch, LoggedRecord } from '@suanpan/platform-kafka';
import type { PoisonRecord } from './candidate.js';
import { breakerAfter } from './defect-breaker.js';

const record: LoggedRecord = { offset: 0n, key: null, value: null, headers: {}, timestamp: 0n };
const undecodable: PoisonRecord = {
  record,
  partition: 3,
  reason: 'DECODE_FAILED',
  detail: 'no schema',
  tenant: null,
  party: null,
  sentBy: null,
  source: null,
  id: null,
};
const refused: PoisonRecord = { ...undecodable, reason: 'QUANTITY_LIMIT', tenant: 'shantou' };
const of = (sentBy: string, poison: PoisonRecord): PoisonRecord => ({ ...poison, sentBy });
const at = (tenant: string, party: string): PoisonRecord => ({ ...undecodable, tenant, party });

const batch: LogBatch = {
  topic: 'usage.recorded',
  partition: 3,
  claim: { group: 'pricing', topic: 'usage.recorded', partition: 3, epoch: 1n, nextOffset: 0n },
  firstOffset: 0n,
  lastOffset: 0n,
  messages: [],
};

const after = (count: number, ...kinds: readonly PoisonRecord[]): Breaker => {
  const reads = Array.from({ length: count }, (_, index) => kinds[index % kinds.length] ?? refused);
  return breakerAfter(Breaker.closed, batch, reads);
};

describe('the breaker of rating (R12)', () => {
  it('B72 halts at the hundredth undecodable record in a row, over batches too', () => {
    const before = after(DEFECTS_MAX - 1, undecodable);
    expect(() => breakerAfter(before, batch, [undecodable])).toThrow(HaltPartition);
  });

  it('never halts for readable defects of a single tenant', () => {
    expect(after(DEFECTS_MAX * 5, refused).open).toBe(false);
  });

  it('never halts for a single credential, whose records cannot be read', () => {
    expect(after(DEFECTS_MAX * 5, of('key-1', undecodable)).open).toBe(false);
  });

  it('never halts for a single centre, whose records cannot be read', () => {
    expect(after(DEFECTS_MAX * 5, at('shantou', 'north')).open).toBe(false);
  });

  it('halts for two centres of one tenant, whose records cannot be read', () => {
    const two = [at('shantou', 'north'), at('shantou', 'south')];
    expect(() => after(DEFECTS_MAX, ...two)).toThrow(HaltPartition);
  });

  it('halts for two credentials of one tenant', () => {
    const two = [of('key-1', refused), of('key-2', refused)];
    expect(() => after(DEFECTS_MAX, ...two)).toThrow(HaltPartition);
  });
});
