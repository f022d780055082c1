import { beforeAll, describe, expect, it } from '@jest/globals';
import * as scene from './scene-a.js';
import { type Answer, openTenant, send, type Tenant } from './world.js';

interface Line {
  readonly model: string;
  readonly kind: string;
  readonly priceVersion: string;
  readonly quantity: string;
  readonly calls: string | number;
  readonly exact: string;
  readonly amount: string;
}

const TOKENS_OF_CHAT = 2_934_897_500n;

describe('scene A1, offered through POST /v1/events', () => {
  let tenant: Tenant;
  const answers: Answer[] = [];
  let lines: readonly Line[];
  let total: string;

  beforeAll(async () => {
    tenant = await openTenant('scene-a1');
    for (const { version, ...terms } of scene.priceVersions) {
      await tenant.pricing.put(`/v1/price-tables/pt-scene/versions/${version}`, terms);
    }
    await tenant.pricing.put(`/v1/contracts/${scene.CONTRACT}`, scene.contractTerms);
    const centre = await tenant.centre(scene.CENTRE, scene.SOURCE);
    const { c1, c2, c3, c4, c5, c6, c7, c8 } = scene;
    answers.push(await send(centre, scene.bulkP1), await send(centre, scene.bulkP2));
    answers.push(await send(centre, [...scene.agent, c1, c2, c3, c4, c5, c6, c7, c8]));
    answers.push(await send(centre, [c2]), await send(centre, [scene.c2Changed]));
    await tenant.handled(2_659);
    const [invoice] = await tenant.close('2026-05');
    const read = await tenant.pricing.get<{ lines: Line[]; total: string }>(
      `/v1/invoices/${invoice?.invoice}`,
    );
    ({ lines, total } = read);
  }, 240_000);

  it('offers 2,660 items, of which one is refused: INCONSISTENT_COUNTS', () => {
    const results = answers.flatMap((answer) => answer.results);
    expect(results).toHaveLength(2_660);
    expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(2_659);
    expect(results.filter(({ status }) => status === 'refused')).toMatchObject([
      { id: 'c8', code: 'INCONSISTENT_COUNTS' },
    ]);
  });

  it('ends each accepted one in exactly one state', async () => {
    expect(await tenant.pricing.get('/v1/events/counts')).toEqual({
      rated: 2_656,
      duplicate: 1,
      conflict: 1,
      unpriced: 1,
      quarantined: 0,
    });
  });

  it('bills the m-chat lines of A2 to the cent: 465.27', () => {
    const chat = lines.filter(({ model }) => model === 'm-chat');
    expect(
      chat.map(({ priceVersion, kind, quantity, amount }) => [
        priceVersion,
        kind,
        quantity,
        amount,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['P1', 'input', '412348000', '123.70'],
        ['P1', 'cached_input', '1234576000', '37.04'],
        ['P1', 'output', '98765800', '118.52'],
        ['P1', 'reasoning', '10000200', '12.00'],
        ['P2', 'input', '300002000', '75.00'],
        ['P2', 'cached_input', '800200000', '20.00'],
        ['P2', 'output', '71005300', '71.01'],
        ['P2', 'reasoning', '8000200', '8.00'],
      ]),
    );
    expect(chat).toHaveLength(8);
    const cents = chat.reduce((sum, { amount }) => sum + BigInt(amount.replace('.', '')), 0n);
    expect(cents).toBe(46_527n);
    expect(chat.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n)).toBe(TOKENS_OF_CHAT);
  });

  it('N7 never adds tokens of two models: each line names its model', () => {
    expect(new Set(lines.map(({ model }) => model))).toEqual(new Set(['m-chat', 'm-agent']));
    const agent = lines.filter(({ model }) => model === 'm-agent');
    expect(agent.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n)).toBe(650_000_000n);
    expect(total).toBe('1765.27');
  });

  it('E5 prices c3 at P1 and c4, one microsecond later, at P2', async () => {
    const call = (id: string) =>
      tenant.pricing.get<{ priceVersion: string; amount: string }>(
        `/v1/calls?source=${encodeURIComponent(scene.SOURCE)}&id=${id}`,
      );
    expect(await call('c3')).toMatchObject({ priceVersion: 'P1', amount: '0.0012' });
    expect(await call('c4')).toMatchObject({ priceVersion: 'P2', amount: '0.001' });
    expect(await call('c2')).toMatchObject({ priceVersion: 'P1', amount: '0.00117' });
  });

  it('keeps c6 on billing hold: rated, not invoiced', async () => {
    const call = await tenant.pricing.get<{ billingState: string; invoice: unknown }>(
      `/v1/calls?source=${encodeURIComponent(scene.SOURCE)}&id=c6`,
    );
    expect(call).toMatchObject({ billingState: 'hold', invoice: null });
  });

  it('puts c1 into April and c7 into June by the clock of Jakarta', async () => {
    const period = async (id: string) =>
      (
        await tenant.pricing.get<{ servicePeriod: string }>(
          `/v1/calls?source=${encodeURIComponent(scene.SOURCE)}&id=${id}`,
        )
      ).servicePeriod;
    expect([await period('c1'), await period('c2'), await period('c7')]).toEqual([
      '2026-04',
      '2026-05',
      '2026-06',
    ]);
  });

  it('opens the invoice to its 2,653 calls', async () => {
    const [invoice] = await tenant.pricing.all<{ invoice: string }>(
      '/v1/invoices?period=2026-05',
      'invoices',
    );
    const calls = await tenant.pricing.all<{ id: string }>(
      `/v1/invoices/${invoice?.invoice}/calls?limit=1000`,
      'calls',
    );
    expect(calls).toHaveLength(2_653);
    expect(calls.map(({ id }) => id)).not.toContain('c6');
  });
});
