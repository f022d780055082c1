import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger, simulatedClock } from '@suanpan/platform-observability';
import type { TestStack } from '@suanpan/platform-testing';
import { testStack } from '@suanpan/platform-testing';
import { registerPartitions } from '../cuts/cut.js';
import { pricingMigrations } from '../migrations/index.js';
import { CloseDuty } from './close-duty.js';

/** Tenant, contract, zone; the first zone is none. */
const CONTRACTS = [
  ['faulty', 'C-1', 'Nowhere/Land'],
  ['faulty', 'C-2', 'Asia/Jakarta'],
  ['sound', 'C-1', 'Asia/Jakarta'],
] as const;

let stack: TestStack;

const plant = async (tenant: string, contract: string, zone: string): Promise<void> => {
  await stack.asSuperuser(
    `insert into contract values ($1, $2, 'buyer', 'seller', 'USD', $3, 'retail', false,
       'half-even', 30, '2026-01-01', null, 1)`,
    [tenant, contract, zone],
  );
  await stack.asSuperuser(
    `insert into close_contract (tenant, close_id, contract, status)
     values ($1, $1 || '-close', $2, 'waiting')`,
    [tenant, contract],
  );
};

beforeAll(async () => {
  stack = await testStack({ service: 'pricing', migrations: pricingMigrations });
  await registerPartitions(stack.db, 'cluster');
  for (const [i, tenant] of ['faulty', 'sound'].entries()) {
    await stack.asSuperuser(
      `insert into close_request (tenant, id, period, status, requested_at, actor, request_id)
       values ($1, $1 || '-close', '2026-05', 'waiting', $2, 'test', 'test')`,
      [tenant, `2026-06-0${i + 1}`],
    );
  }
  for (const [tenant, contract, zone] of CONTRACTS) await plant(tenant, contract, zone);
}, 120_000);
afterAll(async () => {
  await stack.dispose();
}, 60_000);

describe('a contract that cannot be closed for a fault of ours', () => {
  it('waits on, and keeps no other contract, request or tenant waiting', async () => {
    const duty = new CloseDuty({
      db: stack.db,
      log: { endOffsets: () => Promise.resolve([]) },
      clock: simulatedClock('2026-06-30T04:00:00Z'),
      logger: createLogger({ service: 'test', level: 'silent' }),
    });
    expect(await duty.run()).toBe(true);
    const contracts = await stack.asSuperuser(
      `select tenant, contract, status from close_contract order by tenant, contract`,
    );
    expect(contracts).toEqual([
      { tenant: 'faulty', contract: 'C-1', status: 'waiting' },
      { tenant: 'faulty', contract: 'C-2', status: 'closed' },
      { tenant: 'sound', contract: 'C-1', status: 'closed' },
    ]);
    const requests = await stack.asSuperuser(
      `select tenant, status from close_request order by tenant`,
    );
    expect(requests).toEqual([
      { tenant: 'faulty', status: 'waiting' },
      { tenant: 'sound', status: 'done' },
    ]);
  });
});
