import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encode, identityOf } from '@suanpan/messages';
import { claimPartitions, createVault, StaleEpoch } from '@suanpan/platform-postgres';
import type { Claim } from '@suanpan/platform-postgres';
import type { TestStack } from '@suanpan/platform-testing';
import { testStack } from '@suanpan/platform-testing';
import { pricingMigrations, RatingPipeline } from '../src/index.js';
import type { Usage } from './usage.js';
import { identityOfUsage, usage } from './usage.js';

let stack: TestStack;
let pipeline: RatingPipeline;
let claims: Map<number, Claim>;
const next = new Map<number, bigint>();

const claimAll = async (): Promise<Map<number, Claim>> => {
  const partitions = Array.from({ length: 64 }, (_, partition) => partition);
  const claimed = await claimPartitions(stack.pipelineDb, {
    group: 'pricing',
    topic: 'usage.recorded',
    partitions,
    clusterId: 'test',
  });
  return new Map(claimed.map((claim) => [claim.partition, claim]));
};

beforeAll(async () => {
  stack = await testStack({ service: 'pricing', migrations: pricingMigrations });
  const vault = createVault(stack.vaultKey);
  pipeline = new RatingPipeline({ db: stack.pipelineDb, seal: vault.seal });
  claims = await claimAll();
}, 120_000);
afterAll(() => stack.dispose(), 60_000);

interface Raw {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timestamp?: bigint;
}

const rawOf = (event: Usage): Raw => ({
  key: identityOfUsage(event),
  value: encode('usage.recorded', event),
});

/** Rates raw records of one partition as the log would deliver them. */
const rate = async (partition: number, raws: readonly Raw[], claim = claims.get(partition)) => {
  const first = next.get(partition) ?? 0n;
  if (claim === undefined) throw new Error('Every partition is claimed.');
  await pipeline.rate([
    {
      topic: 'usage.recorded',
      partition,
      claim,
      firstOffset: first,
      lastOffset: first + BigInt(raws.length) - 1n,
      messages: raws.map((raw, index) => ({
        offset: first + BigInt(index),
        headers: {},
        timestamp: 1_782_000_000_000_000n,
        ...raw,
      })),
    },
  ]);
  next.set(partition, first + BigInt(raws.length));
};

const at = '2026-05-10T00:00:00Z';
const partitionOf = (event: Usage): number => (identityOfUsage(event)[0] ?? 0) >> 2;

/** An event that lands on the partition, by trying ids. */
const onPartition = (partition: number, name: string, more: Partial<Usage> = {}): Usage => {
  for (let index = 0; ; index += 1) {
    const event = { ...usage({ id: `${name}-${index}`, at, tokens: [1n, 0n, 0n, 0n] }), ...more };
    if (partitionOf(event) === partition) return event;
  }
};

const quarantined = async (): Promise<readonly string[]> => {
  const rows = await stack.asSuperuser<{ reason: string }>(
    'select reason from quarantine order by id',
  );
  return rows.map(({ reason }) => reason);
};

describe('what cannot be read on usage.recorded', () => {
  const good = (name: string) => rawOf(onPartition(3, name));
  const fine = onPartition(3, 'fine');
  const key = identityOfUsage(fine);
  const value = encode('usage.recorded', fine);
  const unknownSchema = Buffer.from(value);
  unknownSchema[4] = (unknownSchema[4] ?? 0) ^ 0xff;
  const at3 = (more: Partial<Usage>, name: string): Raw => rawOf(onPartition(3, name, more));

  const table: readonly (readonly [row: string, raw: Raw, reason: string])[] = [
    ['B60 a tombstone', { key, value: null }, 'EMPTY_VALUE'],
    ['B60 an empty value', { key, value: Buffer.alloc(0) }, 'EMPTY_VALUE'],
    ['B60 a null key', { key: null, value }, 'EMPTY_VALUE'],
    ['B61 random bytes', { key, value: randomBytes(300) }, 'DECODE_FAILED'],
    ['B61 JSON', { key, value: Buffer.from('{"tokens":1}') }, 'DECODE_FAILED'],
    ['B62 an unknown schema', { key, value: unknownSchema }, 'UNKNOWN_SCHEMA'],
    ['B64 trailing bytes', { key, value: Buffer.concat([value, key]) }, 'TRAILING_DATA'],
    [
      'B68 another tenant in the header',
      { key, value, headers: { tenant: 'other' } },
      'TENANT_MISMATCH',
    ],
    ['a key that is not the identity', { key: identityOf('a', 'b', 'c'), value }, 'KEY_MISMATCH'],
    [
      'another message',
      { key, value: encode('chain.head', { service: 's', seq: 1n, hash: key, exportedAt: 0n }) },
      'UNEXPECTED_TYPE',
    ],
    ['a NUL in a dimension', at3({ contract: 'C\0' }, 'nul'), 'INVALID_TEXT'],
    ['a NUL in the id', rawOf({ ...onPartition(3, 'x'), id: 'x\0' }), 'INVALID_TEXT'],
    ['a NUL in an optional field', at3({ session: 's\0s' }, 'nul2'), 'INVALID_TEXT'],
    ['a time before 1970', at3({ time: -1n }, 'time'), 'INVALID_TIME'],
    ['a negative quantity', at3({ kinds: { input: -1n } }, 'minus'), 'NEGATIVE_QUANTITY'],
    [
      'more than 10^18 tokens',
      at3({ kinds: { input: 10n ** 18n + 1n } }, 'much'),
      'QUANTITY_LIMIT',
    ],
    ['R3 half a correction', at3({ revision: 1n }, 'corr'), 'INVALID_CORRECTION'],
  ];

  it.each(table)('%s is quarantined, its neighbours are not', async (row, raw, reason) => {
    const before = await quarantined();
    const count = async (): Promise<string> =>
      (await stack.asSuperuser<{ c: string }>('select count(*) as c from unpriced'))[0]?.c ?? '';
    const neighbours = Number(await count());
    await rate(3, [good(`${row} before`), raw, good(`${row} after`)]);
    expect(await quarantined()).toEqual([...before, reason]);
    expect(Number(await count())).toBe(neighbours + 2);
  });

  it('R23 keeps the bytes sealed, in the table and on the topic', async () => {
    const rows = await stack.asSuperuser<{ sealed: Buffer }>('select sealed from quarantine');
    expect(rows.every(({ sealed }) => !sealed.includes('tokens'))).toBe(true);
    const sent = await stack.asSuperuser<{ c: string }>(
      `select count(*) as c from outbox where topic = 'usage.quarantined'`,
    );
    expect(sent[0]?.c).toBe(String(table.length));
  });

  it('B72 a hundred defects in a row from several producers halt the partition', async () => {
    const bad = (tenant: string, index: number): Raw => {
      const event = { ...onPartition(4, `d${index}`), tenant };
      return {
        key: identityOfUsage(event),
        value: encode('usage.recorded', { ...event, time: -1n }),
      };
    };
    const hundred = Array.from({ length: 100 }, (_, index) => bad(`t${index % 2}`, index));
    const stored = await quarantined();
    await expect(rate(4, hundred)).rejects.toThrow('Too many defects');
    expect(await quarantined()).toEqual(stored);
    await rate(4, hundred.slice(0, 99));
    expect((await quarantined()).length).toBe(stored.length + 99);
  });
});

describe('B65 a quantity beyond 2^53', () => {
  it('is stored to the last token', async () => {
    await stack.asSuperuser(`insert into contract values ('shantou', 'C-1', 'bintang-toys', 's',
      'USD', 'Asia/Jakarta', 'retail', false, 'half-even', 30, '2026-04-01', null, 1)`);
    await stack.asSuperuser(`insert into price_version values (1, 'shantou', 'retail', 'P1', 'USD',
      tstzrange('2026-04-01', null), 'test', 1)`);
    await stack.asSuperuser(
      `insert into price values (1, 'shantou', 'm-chat', 'input', 0.3, '0.3')`,
    );
    await stack.asSuperuser(`update catalogue_version set version = 1`);
    const event = onPartition(7, 'wide', { kinds: { input: 9_007_199_254_740_993n } });
    await rate(7, [rawOf(event)]);
    const [row] = await stack.asSuperuser<{ input: string; amount: string }>(
      `select input, trim_scale(amount) as amount from call where id = $1`,
      [event.id],
    );
    expect(row).toEqual({ input: '9007199254740993', amount: '2702159776.4222979' });
  });
});

describe('what stands around a record', () => {
  it.each([
    ['-1', -1n],
    ['of the year 2262', 9_223_372_036_854_775_000n],
  ])(
    'B69 a timestamp %s changes nothing: the event’s own time counts',
    async (_name, timestamp) => {
      const event = onPartition(21, `stamped${timestamp}`);
      await rate(21, [{ ...rawOf(event), timestamp }]);
      const [row] = await stack.asSuperuser<{ time: string }>(
        `select to_char(time at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as time from call where id = $1`,
        [event.id],
      );
      expect(row).toEqual({ time: '2026-05-10 00:00' });
    },
  );

  it('B74 delivered to two consumers at once has one effect', async () => {
    const event = onPartition(22, 'to-two');
    const from = next.get(22) ?? 0n;
    const one = rate(22, [rawOf(event)]);
    next.set(22, from);
    const both = await Promise.allSettled([one, rate(22, [rawOf(event)])]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    next.set(22, from + 1n);
    const [row] = await stack.asSuperuser(
      'select rated, duplicate, conflict from event_count where partition = 22',
    );
    expect(row).toEqual({ rated: '1', duplicate: '0', conflict: '0' });
    await rate(22, [rawOf(onPartition(22, 'goes-on'))]);
  });
});

describe('identities inside one batch', () => {
  beforeEach(() => undefined);

  it('B32 B33 the first in the log wins, the later ones are compared with what is stored', async () => {
    const one = onPartition(9, 'twin');
    const other = { ...one, kinds: { input: 2n } };
    await rate(9, [rawOf(one), rawOf(one), rawOf(other)]);
    // In a later batch the conflict comes first, then an exact duplicate of what is stored.
    await rate(9, [rawOf(other), rawOf(one)]);
    const [row] = await stack.asSuperuser(
      'select rated, duplicate, conflict from event_count where partition = 9',
    );
    expect(row).toEqual({ rated: '1', duplicate: '2', conflict: '2' });
  });

  it('B34 the same id of another tenant is another event', async () => {
    const mine = onPartition(10, 'shared');
    await rate(10, [rawOf(mine)]);
    const theirs = { ...mine, tenant: 'other' };
    await rate(partitionOf(theirs), [rawOf(theirs)]);
    const rows = await stack.asSuperuser(
      'select tenant from call where id = $1 union all select tenant from unpriced where id = $1',
      [mine.id],
    );
    expect(rows).toEqual([{ tenant: 'shantou' }, { tenant: 'other' }]);
  });

  it('openmeter#5118 the join of source and id is never ambiguous', async () => {
    const one = { ...usage({ id: 'c-d', at, tokens: [1n, 0n, 0n, 0n] }), source: 'b' };
    const other = { ...one, source: 'b-c', id: 'd' };
    await rate(partitionOf(one), [rawOf(one)]);
    await rate(partitionOf(other), [rawOf(other)]);
    const rows = await stack.asSuperuser(`select id from call where source in ('b', 'b-c')`);
    expect(rows).toHaveLength(2);
  });
});

describe('a zombie after a rebalance', () => {
  it('F17 kafkajs#1046 stores nothing with an old epoch', async () => {
    const old = claims.get(12);
    claims = await claimAll();
    const event = onPartition(12, 'zombie');
    await expect(rate(12, [rawOf(event)], old)).rejects.toThrow(StaleEpoch);
    const rows = await stack.asSuperuser('select id from call where id = $1', [event.id]);
    expect(rows).toEqual([]);
    await rate(12, [rawOf(event)]);
  });

  it('D01 a batch that does not begin at the stored offset stores nothing', async () => {
    next.set(12, 0n);
    await expect(rate(12, [rawOf(onPartition(12, 'again'))])).rejects.toThrow(StaleEpoch);
    next.set(12, 1n);
  });
});

describe('I14 rated calls', () => {
  it('are never changed or removed, not even by their owner', async () => {
    for (const change of ['update call set amount = 0', 'delete from call', 'truncate call']) {
      await expect(stack.asSuperuser(change)).rejects.toThrow(/insert-only/);
      await expect(stack.pipelineDb.transaction((tx) => tx.query(change))).rejects.toThrow(
        /permission denied|insert-only/,
      );
    }
  });
});
