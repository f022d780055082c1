import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createHealth, createLogger } from '@suanpan/platform-observability';
import { testStack } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import type { Admin } from 'kafkajs';
import { claimMissing } from './claims.js';
import { createAdmin } from './client.js';
import { Partitions } from './partition-state.js';
import type { Session } from './session.js';
import { write, record } from './transport-harness.js';

jest.setTimeout(60_000);

const TOPIC = 'usage.rated';

let stack: TestStack;
let admin: Admin;
beforeAll(async () => {
  stack = await testStack({ topics: [TOPIC] });
  admin = await createAdmin(stack.kafka);
  await write(stack, TOPIC, [record(3, 'one')]);
}, 60_000);
afterAll(async () => {
  await admin.disconnect();
  await stack.dispose();
}, 60_000);

describe('a claim', () => {
  it('counts only when the log’s bounds are known: one that could not ask asks again', async () => {
    let answers = false;
    const session = {
      options: { db: stack.db, group: 'bounds', prefix: stack.prefix, health: createHealth() },
      logger: createLogger({ service: 'test', level: 'silent' }),
      consumer: stack.kafka.consumer({ groupId: 'bounds' }),
      clusterId: 'here',
      partitions: new Partitions(),
      admin: {
        fetchTopicOffsets: (topic: string) =>
          answers ? admin.fetchTopicOffsets(topic) : Promise.reject(new Error('away')),
      },
    } as unknown as Session;
    const state = session.partitions.at(TOPIC, 3);
    await expect(claimMissing(session, TOPIC, [state])).rejects.toThrow('away');
    expect(state.claim).toBeUndefined();
    await stack.asSuperuser(`alter table consumer_offset disable trigger all;
      update consumer_offset set next_offset = 5000 where group_id = 'bounds';
      alter table consumer_offset enable trigger all`);
    answers = true;
    await claimMissing(session, TOPIC, [state]);
    expect(state).toMatchObject({ claim: undefined, halted: 'DATA_GAP' });
  });

  it('stands at the stored offset when the log holds it', async () => {
    const session = {
      options: { db: stack.db, group: 'held', prefix: stack.prefix },
      clusterId: 'here',
      partitions: new Partitions(),
      admin,
    } as unknown as Session;
    const state = session.partitions.at(TOPIC, 3);
    await claimMissing(session, TOPIC, [state]);
    expect(state).toMatchObject({ claim: { epoch: 1n, nextOffset: 0n }, next: 0n });
    expect(state.halted).toBeUndefined();
  });
});
