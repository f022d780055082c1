import { describe, expect, it } from '@jest/globals';
import { merkleRoot } from '@suanpan/pricing';
import fc from 'fast-check';
import { candidate } from '../../test/candidates.js';
import { usage } from '../../test/usage.js';
import type { Candidate, PoisonRecord } from './candidate.js';
import { toWireRated } from './rated-message.js';
import { rootOf, slicesOf } from './slices.js';
import { Sums } from './sums.js';

const call = (index: number, at = '2026-05-10T00:00:00Z') =>
  usage({ id: `call-${index}`, at, tokens: [BigInt(index), 1n, 0n, 2n] });

const poison = (offset: bigint): PoisonRecord => ({
  record: { offset, key: null, value: null, headers: {}, timestamp: 0n },
  partition: 1,
  reason: 'EMPTY_VALUE',
  detail: '',
  tenant: null,
  party: null,
  sentBy: null,
  source: null,
  id: null,
});

describe('slicesOf', () => {
  it('counts each record once, by centre and day too, and lists only rated calls as leaves', () => {
    const reads = [
      candidate(call(1), 10n),
      candidate(call(2), 11n, 'duplicate'),
      poison(12n),
      candidate(call(3), 13n, 'conflict'),
      candidate(call(4), 14n, 'rated'),
    ];
    const [slice, ...others] = slicesOf(1, reads);
    expect(others).toEqual([]);
    expect(slice).toMatchObject({
      firstOffset: 10n,
      lastOffset: 14n,
      counts: { rated: 2n, duplicate: 1n, conflict: 1n, unpriced: 0n, quarantined: 1n },
    });
    const owners = [...(slice?.owners.values() ?? [])];
    expect(owners).toMatchObject([
      { tenant: 'shantou', centre: 'centre-shantou', day: 20_583, counts: { rated: 2n } },
      { tenant: '', centre: '', day: 0, counts: { quarantined: 1n } },
    ]);
    expect(slice && rootOf(slice)).toBe(
      merkleRoot([(reads[0] as Candidate).payloadHash, (reads[4] as Candidate).payloadHash]),
    );
  });

  it('R6 cuts a batch whose message would be too long, without a gap', () => {
    const minute = (index: number): string =>
      `2026-05-${String(1 + (index % 28)).padStart(2, '0')}T${String(index % 24).padStart(2, '0')}:00:00Z`;
    const reads = Array.from({ length: 3_000 }, (_, index) =>
      candidate(call(index + 1, minute(index)), BigInt(index)),
    );
    const many = reads.map((read, index) => ({ ...read, time: BigInt(index) * 900_000_000n }));
    const slices = slicesOf(1, many);
    expect(slices.length).toBeGreaterThan(1);
    slices.forEach((slice, index) => {
      const before = slices[index - 1];
      expect(slice.firstOffset).toBe(before === undefined ? 0n : before.lastOffset + 1n);
      expect(toWireRated(slice).value.length).toBeLessThan(2_000_000);
    });
    expect(slices.at(-1)?.lastOffset).toBe(2_999n);
  });
});

describe('Sums', () => {
  const shown = (sums: Sums): readonly string[] =>
    [...sums.groups()]
      .flatMap((group) =>
        group.cells.map(
          ({ cell, quantity, calls, multiset }) =>
            `${group.dims.idText} ${cell.kind} ${group.quarterHour} ${quantity} ${calls} ${multiset}`,
        ),
      )
      .sort();

  it('R15 I2 do not depend on the order of the calls', () => {
    const calls = Array.from({ length: 20 }, (_, index) => {
      const hour = String(index % 3).padStart(2, '0');
      return candidate(call(index, `2026-05-10T${hour}:1${index % 4}:00Z`), BigInt(index));
    });
    const sumOf = (order: readonly Candidate[]): readonly string[] => {
      const sums = new Sums();
      for (const each of order) if (each.rating.status === 'rated') sums.add(each, each.rating);
      return shown(sums);
    };
    const straight = sumOf(calls);
    fc.assert(
      fc.property(fc.shuffledSubarray(calls, { minLength: 20 }), (order) => {
        expect(sumOf(order)).toEqual(straight);
      }),
    );
  });

  it('a kind of zero makes no bucket', () => {
    const sums = new Sums();
    const each = candidate(call(0), 0n);
    if (each.rating.status === 'rated') sums.add(each, each.rating);
    expect(shown(sums).map((line) => line.split(' ')[1])).toEqual(['cached_input', 'reasoning']);
  });
});

describe('usage.rated', () => {
  it('R6 carries exact amounts without zeros that say nothing', () => {
    const event = usage({
      id: 'c2',
      at: '2026-04-30T17:00:00Z',
      tokens: [1_000n, 9_000n, 500n, 0n],
    });
    const [slice] = slicesOf(1, [candidate(event, 0n)]);
    const amounts = [...(slice?.sums.groups() ?? [])].flatMap(({ cells }) =>
      cells.map(({ cell }) => cell.kind),
    );
    expect(amounts).toEqual(['input', 'cached_input', 'output']);
    expect(slice && toWireRated(slice)).toMatchObject({
      topic: 'usage.rated',
      key: '1',
      tenant: '*',
      streamId: 'usage.recorded/1',
    });
  });
});
