import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { UsageRated } from '@suanpan/messages';
import { createLogger, simulatedClock } from '@suanpan/platform-observability';
import type { TestStack } from '@suanpan/platform-testing';
import { testStack } from '@suanpan/platform-testing';
import fc from 'fast-check';
import { applyRated } from '../src/accruals/apply-rated.js';
import { applyContractSigned, applyPeriodClosed } from '../src/accruals/directory.js';
import { fromWireAgreement } from '../src/agreements/agreement-wire.js';
import { projectAgreement } from '../src/agreements/agreement-rows.js';
import { DueDistributions } from '../src/distributions/due-distributions.js';
import { keepInvoice } from '../src/distributions/keep-invoice.js';
import { ownMigrations } from '../src/index.js';
import { obstaclesTo } from '../src/statements/still-open.js';
import { NOW } from './corner.js';
import type { Usage } from './scene-b2.js';
import {
  AGREEMENTS,
  EARLY,
  INVOICE,
  LATE,
  PERIOD,
  TENANT,
  contractSigned,
  periodClosed,
  ratedBatch,
} from './scene-b2.js';

const scope = { tenant: TENANT };
let stack: TestStack;

const apply = (rated: UsageRated): Promise<void> =>
  stack.db.inPlatform((tx) => applyRated(tx, rated));

const run = async (): Promise<void> => {
  const logger = createLogger({ service: 'test', level: 'silent' });
  await new DueDistributions(stack.db, simulatedClock(NOW), logger).run();
};

const rows = (): Promise<object[]> =>
  stack.db.inTenant(scope, (tx) =>
    tx.query<object>(
      `select encode(cell, 'hex') as cell, quantity, calls, trim_scale(amount)::text as amount
       from accrual order by cell`,
    ),
  );

const clear = `
truncate accrual, rated_progress, rated_parked, contract, period, invoice, distribution_due,
  distribution, distribution_base, held, agreement_version`;

const signAgreements = (id = 'AG-2', currency = 'USD') =>
  stack.db.inTenant(scope, async (tx) => {
    for (const { version, body } of AGREEMENTS) {
      const signed = fromWireAgreement(id, version, {
        ...body,
        currency,
        contracts: [...body.contracts],
        steps: body.steps.map((step) => ({
          kind: 'shares' as const,
          parties: step.parties.map((party) => ({ ...party })),
        })),
      });
      await projectAgreement(tx, TENANT, { ...signed, type: 'AgreementSigned' });
    }
  });

const reasonOf = async (): Promise<unknown> => {
  const [row] = await stack.asSuperuser<object>(`select status, reason from invoice`);
  return row;
};

beforeAll(async () => {
  stack = await testStack({ service: 'profit-share', migrations: ownMigrations });
}, 120_000);
beforeEach(async () => {
  await stack.asSuperuser(
    `set session_replication_role = replica; ${clear}; truncate event_store restart identity`,
  );
});
afterAll(async () => {
  await stack.dispose();
}, 60_000);

/** The scene's usage, cut into batches of one partition at the given places. */
const cut = (size: number): readonly UsageRated[] => {
  const usages = [...EARLY, ...LATE];
  return usages.flatMap((_, at) =>
    at % size === 0 ? [ratedBatch(5, BigInt(at), usages.slice(at, at + size))] : [],
  );
};

describe('rated usage', () => {
  it('R13 gives the same rows for any order, repetition and size of its batches', async () => {
    await apply(ratedBatch(5, 0n, [...EARLY, ...LATE]));
    const expected = await rows();
    expect(expected).toHaveLength(17);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat({ max: 4 }), { maxLength: 6 }),
        fc.nat(),
        async (size, repeated, shift) => {
          await stack.asSuperuser(clear);
          const batches = cut(size);
          const again = repeated.flatMap((i) => batches[i] ?? []);
          const from = shift % batches.length;
          const order = [...batches.slice(from), ...batches.slice(0, from), ...again];
          for (const batch of order) await apply(batch);
          expect(await rows()).toEqual(expected);
        },
      ),
      { numRuns: 12, seed: 20260522 },
    );
  }, 60_000);

  it('R14 two writers of the same rows wait for each other and lose nothing', async () => {
    const batches = Array.from({ length: 8 }, (_, partition) => ratedBatch(partition, 0n, EARLY));
    await Promise.all(batches.map(apply));
    const [row] = await stack.asSuperuser<{ calls: string }>(
      `select max(calls)::text as calls from accrual`,
    );
    expect(row?.calls).toBe('8000');
  });

  it('RANGE_OVERLAPS when a range begins inside what was heard', async () => {
    await apply(ratedBatch(5, 0n, EARLY));
    await expect(apply(ratedBatch(5, 1n, LATE))).rejects.toMatchObject({ code: 'RANGE_OVERLAPS' });
  });

  it.each(['NaN', '1e3', '-0x1', ''])('INVALID_DELTA for a quantity of %j', async (quantity) => {
    const batch = ratedBatch(5, 0n, EARLY);
    const deltas = batch.deltas.map((delta) => ({ ...delta, quantity }));
    await expect(apply({ ...batch, deltas })).rejects.toMatchObject({ code: 'INVALID_DELTA' });
    expect(await rows()).toEqual([]);
  });
});

describe('an invoice whose usage has been heard', () => {
  const hear = async (...late: typeof LATE): Promise<void> => {
    await apply(ratedBatch(3, 0n, EARLY));
    if (late.length > 0) await apply(ratedBatch(40, 0n, late));
    await stack.db.inTenant(scope, (tx) => keepInvoice(tx, INVOICE));
  };

  it('waits with FIGURES_DIFFER when a call is missing, and heals when it comes', async () => {
    await signAgreements();
    const [c3, c4, bulk] = LATE;
    if (c3 === undefined || c4 === undefined || bulk === undefined) throw new Error('No scene.');
    const without = ratedBatch(40, 0n, LATE);
    await hear();
    const deltas = without.deltas.filter(({ quarterHour }) => quarterHour !== c4At());
    await apply({ ...without, deltas });
    await run();
    expect(await reasonOf()).toEqual({ status: 'waiting', reason: 'FIGURES_DIFFER' });
    // Events that were rated later come under a source of their own, which no vector names.
    await apply({ ...ratedBatch(40, 0n, [c4]), sourceTopic: 'unpriced' });
    await run();
    expect(await reasonOf()).toEqual({ status: 'distributed', reason: null });
  });

  it('waits with AGREEMENT_AMBIGUOUS when two agreements divide the contract', async () => {
    await signAgreements();
    await signAgreements('AG-3');
    await hear(...LATE);
    await run();
    expect(await reasonOf()).toEqual({ status: 'waiting', reason: 'AGREEMENT_AMBIGUOUS' });
  });

  it('R17 waits with AGREEMENT_CURRENCY_DIFFERS when its agreement is in another currency', async () => {
    await signAgreements('AG-2', 'CNY');
    await hear(...LATE);
    await run();
    const reason = 'AGREEMENT_CURRENCY_DIFFERS';
    expect(await reasonOf()).toEqual({ status: 'waiting', reason });
  });

  it('waits with the reason shown when a figure of it cannot be read', async () => {
    await signAgreements();
    await apply(ratedBatch(3, 0n, EARLY));
    await apply(ratedBatch(40, 0n, LATE));
    const lines = INVOICE.lines.map((line) => ({ ...line, exact: `0.${'0'.repeat(60)}1` }));
    await stack.db.inTenant(scope, (tx) => keepInvoice(tx, { ...INVOICE, lines }));
    await run();
    expect(await reasonOf()).toEqual({ status: 'waiting', reason: 'INVALID_DECIMAL' });
  });

  it('does not wait for what can never be divided, however much there is of it', async () => {
    await signAgreements();
    // One more than a run takes, and each of them was here before.
    const stuck = `from generate_series(1, 501) as n`;
    await stack.asSuperuser(`insert into invoice (tenant, invoice, number, seller, buyer, contract,
        currency, period, issue_date, total, document, status)
      select 'a-tenant-before', 'stuck-' || n, 'X-' || n, 's', 'b', 'c', 'USD', '2026-04',
        '2026-04-30', 1, '{}', 'waiting' ${stuck}`);
    await stack.asSuperuser(`insert into distribution_due (tenant, invoice, vector, since)
      select 'a-tenant-before', 'stuck-' || n, '[]', '2026-05-01' ${stuck}`);
    await hear(...LATE);
    await run();
    await run();
    const divided = await stack.asSuperuser(
      `select invoice from invoice where status = 'distributed'`,
    );
    expect(divided).toEqual([{ invoice: INVOICE.invoice }]);
  }, 60_000);

  it('rings no more when the service is shut down', async () => {
    const rung: string[] = [];
    const logger = createLogger({ service: 'test', level: 'silent' });
    const due = new DueDistributions(stack.db, simulatedClock(NOW), logger);
    due.onWake(() => rung.push('rang'));
    due.wake();
    due.onApplicationShutdown();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(rung).toEqual([]);
  });

  it('is divided once, however many run at a time', async () => {
    await signAgreements();
    await hear(...LATE);
    await Promise.all([run(), run(), run(), run()]);
    const events = await stack.asSuperuser(`select 1 from event_store`);
    const shares = await stack.asSuperuser<{ n: string; total: string }>(
      `select count(*) as n, sum(share)::text as total from distribution`,
    );
    expect([events.length, shares[0]]).toEqual([1, { n: '6', total: '465.27' }]);
  });
});

describe('R3 corrections after the close', () => {
  const NEXT = '2026-06';
  const change = (time: string, calls: bigint, tokens: Usage['tokens']): Usage => ({
    ...{ contract: 'C-1', version: 'P1', centre: 'eastern-guangdong' },
    ...{ time, calls, tokens },
  });
  const million = 1_000_000n;
  /** A call taken back before the shares change and said again after it, and one that is void. */
  const CHANGES = [
    change('2026-05-08T03:00:00Z', -1n, [-2n * million, 0n, -million, 0n]),
    change('2026-05-20T03:00:00Z', 1n, [million, 0n, million, 0n]),
    change('2026-05-09T03:00:00Z', -1n, [0n, -million, 0n, 0n]),
  ];
  const changed = (): UsageRated => {
    const batch = ratedBatch(40, 3n, CHANGES);
    return { ...batch, deltas: batch.deltas.map((one) => ({ ...one, postingPeriod: NEXT })) };
  };
  const lineOf = (kind: string, figures: readonly [string, bigint, string]) => {
    const line = INVOICE.lines.find((one) => one.kind === kind && one.priceVersion === 'P1');
    if (line === undefined) throw new Error(`The scene has no line of ${kind}.`);
    const [quantity, calls, amount] = figures;
    return { ...line, quantity, calls, exact: amount, amount, adjustment: true };
  };
  const NEXT_INVOICE = {
    ...{ ...INVOICE, invoice: 'inv-c1-2026-06', number: 'INV-000002', period: NEXT },
    // What was output moved from one half of the month to the other: it has no line.
    lines: [
      lineOf('input', ['-1000000', 0n, '-0.30']),
      lineOf('cached_input', ['-1000000', -1n, '-0.03']),
    ],
    ...{ lineTotal: '-0.33', total: '-0.33' },
  };

  it('take back from who had it, and move between versions, to the cent', async () => {
    await signAgreements();
    await apply(ratedBatch(3, 0n, EARLY));
    await apply(ratedBatch(40, 0n, LATE));
    await stack.db.inTenant(scope, (tx) => keepInvoice(tx, INVOICE));
    await run();
    await apply(changed());
    await stack.db.inTenant(scope, (tx) => keepInvoice(tx, NEXT_INVOICE));
    await run();
    const bases = await stack.asSuperuser<object>(
      `select invoice, agreement_version as version, base::text from distribution_base
       order by invoice, agreement_version`,
    );
    expect(bases).toEqual([
      { invoice: INVOICE.invoice, version: 1, base: '291.26' },
      { invoice: INVOICE.invoice, version: 2, base: '174.01' },
      { invoice: NEXT_INVOICE.invoice, version: 1, base: '-1.83' },
      { invoice: NEXT_INVOICE.invoice, version: 2, base: '1.50' },
    ]);
    const shares = await stack.asSuperuser<object>(
      `select agreement_version as version, role, share::text from distribution
       where invoice = '${NEXT_INVOICE.invoice}' order by 1, 2`,
    );
    expect(shares).toEqual([
      { version: 1, role: 'carrier', share: '-0.36' },
      { version: 1, role: 'centre', share: '-1.01' },
      { version: 1, role: 'operator', share: '-0.46' },
      { version: 2, role: 'carrier', share: '0.30' },
      { version: 2, role: 'centre', share: '0.75' },
      { version: 2, role: 'operator', share: '0.45' },
    ]);
  });

  it('leave the accruals signed, in the period that they are posted to', async () => {
    await apply(ratedBatch(3, 0n, EARLY));
    await apply(ratedBatch(40, 0n, LATE));
    await apply(changed());
    const [row] = await stack.asSuperuser<object>(
      `select sum(quantity)::text as quantity, sum(calls)::text as calls,
         trim_scale(sum(amount))::text as amount
       from accrual where posting_period = '${NEXT}'`,
    );
    expect(row).toEqual({ quantity: '-2000000', calls: '-1', amount: '-0.33' });
  });
});

/** The quarter-hour of c4, the first of P2. */
const c4At = (): bigint => ratedBatch(0, 0n, LATE.slice(1, 2)).deltas[0]?.quarterHour ?? 0n;

describe('what stands in the way of stating a period', () => {
  it('INVOICE_NOT_RECEIVED while a closed contract with usage has no invoice', async () => {
    await apply(ratedBatch(3, 0n, EARLY));
    await apply(ratedBatch(40, 0n, LATE));
    const obstacles = await stack.db.inTenant(scope, async (tx) => {
      await applyContractSigned(tx, contractSigned('C-1'));
      await applyPeriodClosed(tx, periodClosed('C-1'));
      return obstaclesTo(tx, TENANT, PERIOD);
    });
    expect(obstacles.map(({ path, code }) => [path, code])).toEqual([
      ['C-1', 'INVOICE_NOT_RECEIVED'],
    ]);
  });

  it('is nothing for a contract that begins when the period ends', async () => {
    const { end } = periodClosed('C-1');
    const obstacles = await stack.db.inTenant(scope, async (tx) => {
      await applyContractSigned(tx, { ...contractSigned('C-1'), from: end });
      return obstaclesTo(tx, TENANT, PERIOD);
    });
    expect(obstacles).toEqual([]);
  });

  it('is CONTRACT_NOT_CLOSED for one that begins a microsecond before', async () => {
    const { end } = periodClosed('C-1');
    const obstacles = await stack.db.inTenant(scope, async (tx) => {
      await applyContractSigned(tx, { ...contractSigned('C-1'), from: end - 1n });
      return obstaclesTo(tx, TENANT, PERIOD);
    });
    expect(obstacles.map(({ code }) => code)).toEqual(['CONTRACT_NOT_CLOSED']);
  });
});
