import { beforeAll, describe, expect, it } from '@jest/globals';
import { allCalls } from './a1-calls.js';
import { get, inLanes, type Centre, type Told } from './a1-centre.js';
import { doors, type Door } from './a1-doors.js';
import * as scene from './scene-a.js';
import { ingestUrl, openTenants, sql, type Tenant, until } from './world.js';

/** Doors that are offered the scene at the same time. */
const LANES = 4;
const EIGHT_COUNTS = {
  ...{ offered: 2_660, refused: 1, accepted: 2_659 },
  ...{ rated: 2_656, duplicate: 1, conflict: 1, unpriced: 1, quarantined: 0 },
};

/** Of the rated calls by hand: A2’s lines of m-chat, and c1, c6 and c7, which lie outside May’s. */
const TOKENS = {
  'm-agent input': '650000000',
  'm-chat cached_input': '2034776000',
  'm-chat input': '722354000',
  'm-chat output': '169771700',
  'm-chat reasoning': '18000800',
};

interface Offer {
  readonly centre: Centre;
  readonly told: Told;
}

const offers = new Map<string, Promise<Offer>>();

/** A contract that requires an authorization, where the door can name one. */
const setUp = async (tenant: Tenant, { namesAuthorization }: Door): Promise<Centre> => {
  for (const { version, ...terms } of scene.priceVersions) {
    await tenant.pricing.put(`/v1/price-tables/pt-scene/versions/${version}`, terms);
  }
  const terms = { ...scene.contractTerms, requireAuthorization: namesAuthorization };
  await tenant.pricing.put(`/v1/contracts/${scene.CONTRACT}`, terms);
  const key = await tenant.centreKey(scene.CENTRE, scene.SOURCE);
  return { tenant, key, url: ingestUrl() };
};

const offer = async (door: Door, tenant: Tenant): Promise<Offer> => {
  const centre = await setUp(tenant, door);
  return { centre, told: await door.offer(centre) };
};

const offerOf = (id: string): Promise<Offer> =>
  offers.get(id) ?? Promise.reject(new Error(`The door ${id} was not offered the scene.`));

const tokensOf = async ({ name }: Tenant): Promise<Readonly<Record<string, string>>> => {
  const rows = await sql<{ what: string; quantity: string }>(
    `select c.model || ' ' || c.kind as what, sum(b.quantity)::text as quantity
     from pricing.bucket b join pricing.charge_cell c on c.id = b.cell
     where b.tenant = $1 group by 1`,
    [name],
  );
  return Object.fromEntries(rows.map(({ what, quantity }) => [what, quantity]));
};

/** Billing state 1 is the hold (libs/pricing, rate.ts). */
const heldOf = async ({ name }: Tenant): Promise<readonly string[]> => {
  const rows = await sql<{ model: string; input: string }>(
    `select d.model_ordered as model, c.input::text as input
     from pricing.call c join pricing.dimension_set d on d.id = c.dims
     where c.tenant = $1 and c.billing_state = 1`,
    [name],
  );
  return rows.map(({ model, input }) => `${model} ${input}`);
};

const refusedOf = (centre: Centre): Promise<readonly string[]> =>
  until('what was refused to be listed', async () => {
    const { data } = (await get(centre, '/v1/refused')) as { data: { code: string }[] };
    return data.length === 0 ? null : data.map(({ code }) => code);
  });

describe('scene A1 through every door that can carry it', () => {
  beforeAll(async () => {
    const tenants = await openTenants(doors.map(({ id }) => `a1-${id}`));
    const all = doors.map((door, index) => ({ door, tenant: tenants[index] as Tenant }));
    await inLanes(all, LANES, async ({ door, tenant }) => {
      const offered = offer(door, tenant);
      offers.set(door.id, offered);
      // A door that fails fails its own row.
      await offered.catch(() => undefined);
    });
  }, 300_000);

  it.each(doors)(
    'A1 through $name gives the same eight counts',
    async ({ id, ...door }) => {
      const { centre, told } = await offerOf(id);
      const { tenant } = centre;
      const { accepted, refused } = told;
      const states = await tenant.handled(accepted);
      expect({ offered: allCalls.length, refused: refused.length, accepted, ...states }).toEqual(
        EIGHT_COUNTS,
      );
      expect(refused).toEqual([door.refusal]);
      expect(await refusedOf(centre)).toEqual([door.refusal]);
      expect(await tokensOf(tenant)).toEqual(TOKENS);
      expect(await heldOf(tenant)).toEqual(door.namesAuthorization ? ['m-chat 10000000'] : []);
    },
    120_000,
  );
});
