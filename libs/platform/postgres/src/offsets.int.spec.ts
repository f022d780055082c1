import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { testStack } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { StaleEpoch, codeOf } from './errors.js';
import { advanceOffset, claimPartitions } from './offsets.js';
import type { Claim } from './offsets.js';

jest.setTimeout(60_000);

const CLUSTER = 'cluster-1';

let stack: TestStack;
beforeAll(async () => {
  stack = await testStack();
  await stack.asSuperuser('create table effect (note text); grant all on effect to public');
});
afterAll(() => stack.dispose());

const claim = async (group: string, partition = 0, clusterId = CLUSTER): Promise<Claim> => {
  const [claimed] = await claimPartitions(stack.db, {
    group,
    topic: 'usage.recorded',
    partitions: [partition],
    clusterId,
  });
  if (claimed === undefined) throw new Error('not claimed');
  return claimed;
};

const store = (held: Claim, from: bigint, to: bigint): Promise<unknown> =>
  stack.db.transaction(async (tx) => {
    await advanceOffset(tx, held, from, to);
    await tx.query('insert into effect values ($1)', [`${held.group} ${from}..${to}`]);
  });

const effects = (group: string) =>
  stack.asSuperuser('select note from effect where note like $1 order by note', [`${group} %`]);

describe('claimPartitions', () => {
  it('starts a new partition at 0 and raises the epoch with each claim (D02)', async () => {
    expect(await claim('fresh')).toMatchObject({ epoch: 1n, nextOffset: 0n });
    expect(await claim('fresh')).toMatchObject({ epoch: 2n, nextOffset: 0n });
  });

  it('gives every claimant another epoch though they claim at the same time', async () => {
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim('crowd')));
    expect(new Set(claims.map(({ epoch }) => epoch)).size).toBe(8);
  });

  it('OTHER_CLUSTER halts: offsets of another cluster mean nothing', async () => {
    await claim('moved');
    await expect(claim('moved', 0, 'cluster-2')).rejects.toMatchObject({ code: 'OTHER_CLUSTER' });
  });
});

describe('advanceOffset', () => {
  it('D01 stores effect and offset together', async () => {
    const held = await claim('normal');
    await store(held, 0n, 10n);
    await store(held, 10n, 25n);
    expect(await claim('normal')).toMatchObject({ nextOffset: 25n });
    expect(await effects('normal')).toHaveLength(2);
  });

  it('F12 a zombie with an older epoch commits nothing', async () => {
    const zombie = await claim('fenced');
    await store(zombie, 0n, 5n);
    const owner = await claim('fenced');
    await expect(store(zombie, 5n, 9n)).rejects.toThrow(StaleEpoch);
    await store(owner, 5n, 9n);
    expect(await effects('fenced')).toEqual([{ note: 'fenced 0..5' }, { note: 'fenced 5..9' }]);
  });

  it('F12 a batch that began before the fence and ends after it commits nothing or wins whole', async () => {
    const zombie = await claim('slow');
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const batch = stack.db.transaction(async (tx) => {
      await gate;
      await advanceOffset(tx, zombie, 0n, 5n);
      await tx.query(`insert into effect values ('slow 0..5')`);
    });
    await claim('slow');
    goOn();
    await expect(batch).rejects.toThrow(StaleEpoch);
    expect(await effects('slow')).toEqual([]);
  });

  it('a batch that was stored already, whose answer was lost, is stored once', async () => {
    const held = await claim('lost-answer');
    await store(held, 0n, 5n);
    await expect(store(held, 0n, 5n)).rejects.toThrow(StaleEpoch);
    expect(await effects('lost-answer')).toHaveLength(1);
  });

  it('of two workers with one claim on the same batch, one stores it', async () => {
    const held = await claim('twins');
    const outcomes = await Promise.allSettled([store(held, 0n, 5n), store(held, 0n, 5n)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await effects('twins')).toHaveLength(1);
  });
});

describe('the table (I20)', () => {
  it.each(['next_offset = next_offset - 1', 'epoch = epoch - 1'])(
    'refuses to go back: %s',
    async (change) => {
      const held = await claim('back');
      await store(held, held.nextOffset, held.nextOffset + 3n);
      const work = stack.db.transaction((tx) =>
        tx.query(`update consumer_offset set ${change} where group_id = 'back'`),
      );
      expect(await work.catch(codeOf)).toBe('23514');
    },
  );
});
