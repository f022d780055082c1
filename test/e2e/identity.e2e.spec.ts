import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../../apps/suanpan/src/demo/api-client.js';
import * as scene from './scene-a.js';
import { openTenant, send, type Tenant, until } from './world.js';

interface State {
  readonly state: string;
  readonly servicePeriod: string;
  readonly postingPeriod: string;
  readonly amount: string | null;
}

const priced = async (tenant: Tenant): Promise<void> => {
  for (const { version, ...terms } of scene.priceVersions) {
    await tenant.pricing.put(`/v1/price-tables/pt-scene/versions/${version}`, terms);
  }
  await tenant.pricing.put(`/v1/contracts/${scene.CONTRACT}`, scene.contractTerms);
};

const call = (id: string, output = 500) =>
  scene.event({ id, time: '2026-05-08T03:00:00Z', tokens: scene.tokens(1_000, 0, output, 0) });

describe('the identity of an event, from the door to its state', () => {
  let tenant: Tenant;
  let other: Tenant;
  let centre: ApiClient;
  let sent = 0;

  const state = (id: string, of = tenant): Promise<State> =>
    of.pricing.get<State>(`/v1/calls?source=${encodeURIComponent(scene.SOURCE)}&id=${id}`);
  const offer = async (events: readonly unknown[]) => {
    const answer = await send(centre, events);
    sent += answer.accepted;
    return { answer, counts: await tenant.handled(sent) };
  };

  beforeAll(async () => {
    tenant = await openTenant('identity');
    other = await openTenant('identity-other');
    await priced(tenant);
    await priced(other);
    centre = await tenant.centre(scene.CENTRE, scene.SOURCE);
  }, 60_000);

  it('B32 counts the same event once, however often it comes', async () => {
    const { counts } = await offer([call('b32'), call('b32'), call('b32')]);
    expect(counts).toMatchObject({ rated: 1, duplicate: 2, conflict: 0 });
  });

  it('B33 keeps the first and quarantines the same id with other tokens', async () => {
    const { counts } = await offer([call('b33')]);
    expect(counts).toMatchObject({ rated: 2, conflict: 0 });
    const after = await offer([call('b33', 501)]);
    expect(after.counts).toMatchObject({ rated: 2, conflict: 1 });
    const { data } = await tenant.pricing.get<{ data: { reason: string; eventId: string }[] }>(
      '/v1/quarantine',
    );
    expect(data).toMatchObject([{ reason: 'CONFLICT', eventId: 'b33' }]);
    expect((await state('b33')).amount).toBe('0.0009');
  });

  it('B34 takes the same source and id of another tenant as another event', async () => {
    const theirs = await other.centre(scene.CENTRE, scene.SOURCE);
    await send(theirs, [call('b32')]);
    expect(await other.handled(1)).toMatchObject({ rated: 1, duplicate: 0 });
  });

  it('B48 holds an unknown model unpriced and rates it when its price arrives', async () => {
    const event = scene.event({
      id: 'b48',
      time: '2026-05-20T03:00:00Z',
      model: 'm-new',
      tokens: { input: 2_000_000 },
    });
    const { counts } = await offer([event]);
    expect(counts).toMatchObject({ unpriced: 1 });
    expect(await state('b48')).toMatchObject({ state: 'unpriced', amount: null });

    const prices = [{ model: 'm-new', kind: 'input', perMillion: '0.70' }];
    const version = { currency: 'USD', source: 'test', effectiveFrom: '2026-05-18T00:00:00Z' };
    const known = scene.priceVersions[1]?.prices ?? [];
    await tenant.pricing.put('/v1/price-tables/pt-scene/versions/P3', {
      ...version,
      prices: [...known, ...prices],
    });
    const rated = await until('b48 to be rated', async () => {
      const found = await state('b48');
      return found.state === 'rated' ? found : null;
    });
    expect(rated.amount).toBe('1.4');
  }, 120_000);

  it('N7 refuses an event that names no model', async () => {
    const nameless = call('n7');
    const data: Record<string, unknown> = { ...nameless.data };
    delete data['model'];
    const { answer } = await offer([{ ...nameless, data }]);
    expect(answer.results).toMatchObject([{ status: 'refused', code: 'MODEL_REQUIRED' }]);
  });

  it('B45 posts what arrives after the close to the open period, with its own service period', async () => {
    const [invoice] = await tenant.close('2026-05');
    await offer([call('b45')]);
    expect(await state('b45')).toMatchObject({
      state: 'rated',
      servicePeriod: '2026-05',
      postingPeriod: '2026-06',
    });
    const again = await tenant.close('2026-05');
    expect(again).toMatchObject([{ number: invoice?.number, total: invoice?.total }]);
  }, 120_000);
});
