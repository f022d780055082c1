import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { readConfig, replayPricing } from '../src/index.js';
import { Corner } from './corner.js';
import { contractBody, correct, p1Body, TENANT, usage, voidOf } from './usage.js';
import type { Usage } from './usage.js';

let corner: Corner;
let recorded = 0;

const at = '2026-05-10T03:00:00Z';
const call = (id: string, change: Partial<Parameters<typeof usage>[0]> = {}): Usage =>
  usage({ id, at, tokens: [1_000_000n, 0n, 0n, 0n], ...change });

/** Puts events on the log, one after the other, and waits until each has ended. */
const send = async (...events: readonly Usage[]): Promise<void> => {
  for (const event of events) {
    await corner.record([event]);
    recorded += 1;
    await corner.settled(recorded);
  }
};

interface Sums {
  readonly quantity: string;
  readonly calls: string;
  readonly exact: string;
}

/** What a service month holds for the contract, by posting period: tokens and exact amounts. */
const sums = async (period = '2026-05'): Promise<readonly Record<string, unknown>[]> => {
  const { body } = await corner.call('GET', `/v1/usage?contract=C-1&period=${period}`);
  return body['lines'] as readonly Record<string, unknown>[];
};

const total = async (): Promise<Sums> => {
  const rows = await corner.stack.asSuperuser<Sums>(`
    select sum(quantity)::text as quantity, sum(b.calls)::text as calls,
      trim_scale(sum(quantity * c.price / 1000000))::text as exact
    from bucket b join charge_cell c on c.id = b.cell`);
  return rows[0] as Sums;
};

interface EventState {
  readonly call: { readonly state: string; readonly code: string | null } | null;
  readonly history: readonly {
    readonly revision: string;
    readonly action: string;
    readonly state: string;
    readonly code: string | null;
    readonly counts: boolean;
  }[];
  readonly corrects: readonly { readonly state: string; readonly call: { readonly id: string } }[];
  readonly setAside: readonly { readonly state: string; readonly code: string }[];
}

const stateOf = async (id: string, key?: string): Promise<EventState> => {
  const query = new URLSearchParams({ source: 'gateway/jakarta', id });
  const asked = key === undefined ? {} : { key };
  return (await corner.call('GET', `/v1/events?${query}`, asked)).body as unknown as EventState;
};

/** The call with its price, as the operator or a buyer sees it. */
const callOf = async (id: string, key?: string): Promise<Record<string, unknown>> => {
  const query = new URLSearchParams({ source: 'gateway/jakarta', id });
  const asked = key === undefined ? {} : { key };
  return (await corner.call('GET', `/v1/calls?${query}`, asked)).body;
};

beforeAll(async () => {
  corner = await Corner.open();
  await corner.start();
  await corner.call('PUT', '/v1/price-tables/retail/versions/P1', { body: p1Body });
  await corner.call('PUT', '/v1/contracts/C-1', { body: contractBody });
}, 120_000);
afterAll(() => corner.close(), 60_000);

describe('R3 a correction', () => {
  it('takes back what the call counted and adds what it says, and the call stays', async () => {
    const first = call('a');
    await send(first);
    const before = await total();
    await send(correct({ of: first, id: 'a-1', revision: 1n }, { kinds: { input: 400_000n } }));
    const after = await total();
    expect(BigInt(after.quantity) - BigInt(before.quantity)).toBe(-600_000n);
    expect(after.calls).toBe(before.calls);
    const state = await stateOf('a');
    expect(state.call).toMatchObject({ state: 'rated', kinds: [{ quantity: '1000000' }] });
    expect(state.history).toMatchObject([
      { revision: '1', action: 'correct', counts: true, kinds: [{ quantity: '400000' }] },
    ]);
    expect((await stateOf('a-1')).corrects).toMatchObject([{ state: 'rated', call: { id: 'a' } }]);
    expect(await callOf('a')).toMatchObject({
      ...{ state: 'rated', amount: '0.3', counts: false, isVoid: false },
      effects: [
        { revision: '0', effect: 'taken-back', by: { id: 'a-1' }, amount: '-0.3' },
        { revision: '1', effect: 'added', kinds: [{ quantity: '400000' }], amount: '0.12' },
      ],
    });
    const buyer = await corner.key(TENANT, 'buyer', 'bintang-toys');
    expect(await callOf('a', buyer)).toEqual(await callOf('a'));
  });

  it('that voids takes everything back, down to the multiset of calls', async () => {
    const before = await total();
    const first = call('b');
    await send(first, voidOf({ of: first, id: 'b-1', revision: 1n }));
    expect(await total()).toEqual(before);
    expect((await stateOf('b')).history).toMatchObject([{ action: 'void', counts: true }]);
    expect(await callOf('b')).toMatchObject({
      ...{ amount: '0.3', counts: false, isVoid: true },
      effects: [{ effect: 'taken-back', amount: '-0.3' }],
    });
  });

  it('of the highest revision wins, not the last to arrive', async () => {
    const before = await total();
    const first = call('c');
    await send(
      first,
      correct({ of: first, id: 'c-3', revision: 3n }, { kinds: { input: 7n } }),
      correct({ of: first, id: 'c-1', revision: 1n }, { kinds: { input: 500n } }),
      voidOf({ of: first, id: 'c-2', revision: 2n }),
    );
    const after = await total();
    expect(BigInt(after.quantity) - BigInt(before.quantity)).toBe(7n);
    const { history } = await stateOf('c');
    expect(history.map(({ revision, counts }) => [revision, counts])).toEqual([
      ['1', false],
      ['2', false],
      ['3', true],
    ]);
  });

  it('of an unknown call waits for it, whatever batch they come in', async () => {
    const before = await total();
    const first = call('d');
    await send(voidOf({ of: first, id: 'd-1', revision: 1n }));
    expect(await stateOf('d-1')).toMatchObject({
      corrects: [{ state: 'unpriced', code: 'ORIGINAL_UNKNOWN' }],
    });
    const waiting = await corner.counts();
    await send(first);
    expect(await total()).toEqual(before);
    expect(await corner.counts()).toMatchObject({
      rated: waiting.rated + 2,
      unpriced: waiting.unpriced - 1,
    });
    const [second, third] = [call('e'), call('f')];
    // One batch: the void before its call, and after it.
    await corner.record([
      voidOf({ of: second, id: 'e-1', revision: 1n }),
      second,
      third,
      voidOf({ of: third, id: 'f-1', revision: 1n }),
    ]);
    recorded += 4;
    await corner.settled(recorded);
    expect(await total()).toEqual(before);
  });

  it('sent twice is a duplicate; the same revision with another content is a conflict', async () => {
    const first = call('g');
    const one = correct({ of: first, id: 'g-1', revision: 1n }, { kinds: { input: 2n } });
    await send(first, one);
    const before = { counts: await corner.counts(), total: await total() };
    await send(one, { ...one, kinds: { input: 3n } });
    expect(await total()).toEqual(before.total);
    expect(await corner.counts()).toEqual({
      ...before.counts,
      duplicate: before.counts.duplicate + 1,
      conflict: before.counts.conflict + 1,
    });
    expect((await stateOf('g-1')).setAside).toMatchObject([{ state: 'conflict' }]);
  });

  it('of another centre’s call is set aside, whether the call is known or comes later', async () => {
    const [known, later] = [call('h'), call('i')];
    const strange = { centre: 'centre-other' };
    await send(known, { ...voidOf({ of: known, id: 'h-1', revision: 1n }), ...strange });
    await send({ ...voidOf({ of: later, id: 'i-1', revision: 1n }), ...strange }, later);
    for (const id of ['h-1', 'i-1']) {
      expect((await stateOf(id)).setAside).toMatchObject([{ code: 'CENTRE_MISMATCH' }]);
    }
    for (const id of ['h', 'i']) expect((await stateOf(id)).call).toMatchObject({ state: 'rated' });
    const before = await corner.counts();
    // What was set aside is no version: the call's own centre may use the revision, and a later one.
    await send(
      voidOf({ of: later, id: 'i-own', revision: 1n }),
      correct({ of: later, id: 'i-2', revision: 2n }, { kinds: { input: 5n } }),
    );
    expect(await corner.counts()).toEqual({ ...before, rated: before.rated + 2 });
    const { history } = await stateOf('i');
    expect(history.map(({ revision, counts }) => [revision, counts])).toEqual([
      ['1', false],
      ['2', true],
    ]);
  });

  it('of another centre that waits gives its revision to the call’s own centre, in one batch too', async () => {
    const before = await total();
    const first = call('o');
    const strange = {
      ...voidOf({ of: first, id: 'o-other', revision: 1n }),
      centre: 'centre-other',
    };
    const own = voidOf({ of: first, id: 'o-own', revision: 1n });
    await send(strange);
    await corner.record([first, own]);
    recorded += 2;
    await corner.settled(recorded);
    expect((await stateOf('o')).history).toMatchObject([{ id: 'o-own', counts: true }]);
    const counts = await corner.counts();
    // Not known again, it would take the call back a second time.
    await send(own);
    expect(await corner.counts()).toEqual({ ...counts, duplicate: counts.duplicate + 1 });
    expect(await total()).toEqual(before);
    // All in one batch.
    const second = call('p');
    await corner.record([
      { ...voidOf({ of: second, id: 'p-other', revision: 1n }), centre: 'centre-other' },
      second,
      voidOf({ of: second, id: 'p-own', revision: 1n }),
    ]);
    recorded += 3;
    await corner.settled(recorded);
    expect((await stateOf('p')).history).toMatchObject([{ id: 'p-own', counts: true }]);
    expect((await stateOf('p-other')).setAside).toMatchObject([{ code: 'CENTRE_MISMATCH' }]);
    expect(await total()).toEqual(before);
  });

  it('of the call’s own centre is a conflict while another centre’s waits under its revision', async () => {
    const before = { total: await total(), counts: await corner.counts() };
    const first = call('t');
    const own = voidOf({ of: first, id: 't-own', revision: 1n });
    await send({ ...own, id: 't-other', centre: 'centre-other' }, own, first);
    expect((await stateOf('t-own')).setAside).toMatchObject([{ state: 'conflict' }]);
    expect((await stateOf('t')).history).toMatchObject([
      { id: 't-other', code: 'CENTRE_MISMATCH' },
    ]);
    // Said again under the next revision, it counts.
    await send({ ...own, id: 't-again', revision: 2n });
    expect(await total()).toEqual(before.total);
    expect(await corner.counts()).toEqual({
      ...before.counts,
      rated: before.counts.rated + 2,
      conflict: before.counts.conflict + 1,
      quarantined: before.counts.quarantined + 1,
    });
  });

  it('without a price leaves the call as it was, until the price is there', async () => {
    const first = call('j');
    await send(first);
    const before = await total();
    // It was another buyer's call, whose contract is signed later.
    const moved = { contract: 'C-9', buyer: 'other', kinds: { input: 2_000_000n } };
    await send(correct({ of: first, id: 'j-1', revision: 1n }, moved));
    expect(await total()).toEqual(before);
    expect((await stateOf('j')).history).toMatchObject([
      { state: 'unpriced', code: 'UNKNOWN_CONTRACT', counts: false },
    ]);
    await corner.call('PUT', '/v1/contracts/C-9', { body: { ...contractBody, buyer: 'other' } });
    await until('the correction has its price', async () =>
      (await stateOf('j')).history[0]?.counts === true ? true : undefined,
    );
    const after = await total();
    expect(BigInt(after.quantity) - BigInt(before.quantity)).toBe(1_000_000n);
    expect((await corner.counts()).unpriced).toBe(0);
  }, 60_000);

  it('is usage of the contract that it names, which cannot end before it', async () => {
    const body = { ...contractBody, buyer: 'other', until: '2026-05-01T00:00:00+07:00' };
    expect(await corner.call('PUT', '/v1/contracts/C-9', { body })).toMatchObject({
      status: 409,
      body: { code: 'USAGE_ALREADY_RATED' },
    });
  });

  it('gets its price in one step with its call, and a later one finds both', async () => {
    const before = await total();
    const first = call('n', { contract: 'C-8', buyer: 'third', model: 'm-agent' });
    await send(
      first,
      correct({ of: first, id: 'n-1', revision: 1n }, { kinds: { input: 400_000n } }),
    );
    expect((await corner.counts()).unpriced).toBe(2);
    // Nothing with these dimensions has ever been rated.
    await corner.call('PUT', '/v1/contracts/C-8', { body: { ...contractBody, buyer: 'third' } });
    await until('both have their price', async () =>
      (await corner.counts()).unpriced === 0 ? true : undefined,
    );
    const priced = await total();
    expect(BigInt(priced.quantity) - BigInt(before.quantity)).toBe(400_000n);
    expect((await stateOf('n')).history).toMatchObject([{ state: 'rated', counts: true }]);
    await send(voidOf({ of: first, id: 'n-2', revision: 2n }));
    expect(await total()).toEqual(before);
  }, 60_000);

  it('that voids a call without a price leaves nothing that waits', async () => {
    const odd = call('k', { model: 'm-never' });
    await send(odd);
    expect((await stateOf('k')).call).toMatchObject({ state: 'unpriced', code: 'UNKNOWN_MODEL' });
    await send(voidOf({ of: odd, id: 'k-1', revision: 1n }));
    // A second one makes nothing needless that is so already.
    await send(voidOf({ of: odd, id: 'k-2', revision: 2n }));
    expect((await stateOf('k')).call).toMatchObject({ state: 'rated', code: null });
    expect(await callOf('k')).toMatchObject({
      ...{ state: 'rated', code: null, amount: null, counts: false, isVoid: true, effects: [] },
    });
    expect((await corner.call('GET', '/v1/unpriced')).body['data']).toEqual([]);
    expect((await corner.counts()).unpriced).toBe(0);
  });

  it('B49 a centre sees its own events and nobody else’s', async () => {
    const own = await corner.key(TENANT, 'centre', 'centre-shantou');
    const other = await corner.key(TENANT, 'centre', 'centre-other');
    expect((await stateOf('a', own)).history).toHaveLength(1);
    const query = 'source=gateway%2Fjakarta&id=a';
    const { status } = await corner.call('GET', `/v1/events?${query}`, { key: other });
    expect(status).toBe(404);
  });
});

interface LineRow {
  readonly servicePeriod: string;
  readonly adjustment: boolean;
  readonly quantity: string;
  readonly calls: string;
  readonly amount: string;
}

interface CallRow {
  readonly servicePeriod: string;
  readonly effect: string;
  readonly kinds: readonly { readonly kind: string; readonly quantity: string }[];
}

const closed = async (period: string): Promise<string> => {
  const close = await corner.closePeriod(period, ['C-1']);
  return String(close.contracts[0]?.invoice);
};

describe('a correction after the period’s close', () => {
  it('B45 flexprice#605 becomes an adjustment of the next invoice, with its own service period', async () => {
    const [kept, voided] = [
      call('late-1', { at: '2026-04-10T03:00:00Z' }),
      call('late-2', { at: '2026-04-11T03:00:00Z' }),
    ];
    await send(kept, voided);
    const april = await closed('2026-04');
    const issued = await corner.call('GET', `/v1/invoices/${april}`);
    await send(
      voidOf({ of: voided, id: 'late-2v', revision: 1n }),
      correct({ of: kept, id: 'late-1c', revision: 1n }, { kinds: { input: 1_500_000n } }),
    );
    const posted = (await sums('2026-04')).filter((line) => line['postingPeriod'] === '2026-05');
    expect(posted).toMatchObject([{ quantity: '-500000', calls: '-1', exact: '-0.15' }]);
    const may = await closed('2026-05');
    const { body } = await corner.call('GET', `/v1/invoices/${may}`);
    const lines = body['lines'] as readonly LineRow[];
    expect(lines.filter(({ adjustment }) => adjustment)).toMatchObject([
      { servicePeriod: '2026-04', quantity: '-500000', calls: '-1', amount: '-0.15' },
    ]);
    expect(await corner.call('GET', `/v1/invoices/${april}`)).toEqual(issued);
  });

  it('I9 opens down to what was added and what was taken back', async () => {
    const { body } = await corner.call('GET', '/v1/invoices/inv-C-1-2026-05/calls?limit=1000');
    const rows = body['data'] as readonly CallRow[];
    const late = rows.filter(({ servicePeriod }) => servicePeriod === '2026-04');
    expect(late.map(({ effect }) => effect).sort()).toEqual(['added', 'taken-back', 'taken-back']);
    const invoice = await corner.call('GET', '/v1/invoices/inv-C-1-2026-05');
    const lines = invoice.body['lines'] as readonly LineRow[];
    const billed = lines.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);
    const opened = rows
      .flatMap(({ kinds }) => kinds)
      .reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);
    expect(opened).toBe(billed);
  });
});

describe('corrections that wait', () => {
  it('B48 D12 stand in the list of what has no price and in the report of a close', async () => {
    const mine = { contract: 'C-8', buyer: 'third', model: 'm-agent' };
    const [first, second] = [call('q', mine), call('r', mine)];
    const unknown = call('s', mine);
    await send(
      first,
      second,
      correct({ of: first, id: 'q-1', revision: 1n }, { modelOrdered: 'm-never' }),
      // Of another contract, which nobody has signed: this one bills the call as it was.
      correct({ of: second, id: 'r-1', revision: 1n }, { contract: 'C-none' }),
      correct({ of: unknown, id: 's-1', revision: 1n }),
      voidOf({ of: unknown, id: 's-2', revision: 2n }),
    );
    const list = async (query: string) =>
      (await corner.call('GET', `/v1/unpriced${query}`)).body['data'] as readonly object[];
    const named = { type: 'correction', contract: 'C-8', revision: '1', action: 'correct' };
    expect(await list('?code=UNKNOWN_MODEL')).toMatchObject([
      { ...named, id: 'q-1', model: 'm-never', corrects: { id: 'q' } },
    ]);
    expect(await list('?code=ORIGINAL_UNKNOWN')).toMatchObject([
      { ...named, id: 's-1', model: 'm-agent', corrects: { id: 's' } },
      { type: 'correction', id: 's-2', revision: '2', action: 'void', contract: null, model: null },
    ]);
    expect(await list('?contract=C-8')).toHaveLength(2);
    // Page by page, the revisions of one call too.
    const ids: unknown[] = [];
    for (let cursor = ''; ;) {
      const { body } = await corner.call('GET', `/v1/unpriced?limit=1${cursor}`);
      ids.push(...(body['data'] as readonly { id: string }[]).map(({ id }) => id));
      if (body['nextCursor'] === null) break;
      cursor = `&cursor=${String(body['nextCursor'])}`;
    }
    expect([...ids].sort()).toEqual(['q-1', 'r-1', 's-1', 's-2']);
    const { contracts } = await corner.closePeriod('2026-05', ['C-8']);
    expect(contracts[0]?.unpriced).toEqual([
      { type: 'correction', code: 'ORIGINAL_UNKNOWN', events: 1 },
      { type: 'correction', code: 'UNKNOWN_CONTRACT', events: 1 },
      { type: 'correction', code: 'UNKNOWN_MODEL', events: 1 },
    ]);
  }, 60_000);
});

describe('I6 R2 replay with corrections', () => {
  it.each([[1], [1_000]])(
    'gives the same hashes in batches of %i',
    async (batchMax) => {
      const config = readConfig(corner.env);
      const replayed = await replayPricing({ config, kafka: corner.stack.kafka, batchMax });
      expect(replayed.differences).toEqual([]);
      expect(replayed.tables.filter(({ equal }) => !equal)).toEqual([]);
      const rows = Object.fromEntries(replayed.tables.map(({ table, rows }) => [table, rows]));
      expect(rows['correction']).toBeGreaterThan(12);
      expect(rows['correction_effect']).toBeGreaterThan(12);
    },
    120_000,
  );
});
