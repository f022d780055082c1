/**
 * The walk of docs/how-to-centre.md: its commands, taken from the page and run by a shell as they stand there.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { about, openTenant, type Tenant, until } from './world.js';

const CENTRE = 'eastern-guangdong';
const CALL = { source: `/centres/${CENTRE}/gateway-1`, id: 'call-000001' };
const page = readFileSync(
  join(import.meta.dirname, '..', '..', 'docs', 'how-to-centre.md'),
  'utf8',
);

/** The commands of the page in their order, each under the heading of its section. */
const commands = page.split(/^## /m).flatMap((section) => {
  const heading = section.split('\n', 1)[0] ?? '';
  const blocks = [...section.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  return blocks.filter((text) => text.includes('curl -s')).map((text) => ({ heading, text }));
});

interface Walker {
  readonly tenant: Tenant;
  /** What `export` has set. */
  readonly env: Record<string, string>;
}

const textsOf = (heading: string): readonly string[] =>
  commands.filter((command) => command.heading.includes(heading)).map(({ text }) => text);

/** Runs a command of the page, against the doors of this run. */
const run = async ({ env }: Walker, text: string): Promise<Record<string, unknown>> => {
  const { urls } = about();
  const here = text
    // The demo's own file of keys is another run's.
    .replace(/^export SUANPAN_OPERATOR_KEY=.*$/m, '')
    .replaceAll('http://localhost:3001', urls['usage-ingest'] ?? '')
    .replaceAll('http://localhost:3002', urls['pricing'] ?? '')
    .replace('PREFIX', env['PREFIX'] ?? 'PREFIX');
  const { stdout } = await promisify(execFile)('bash', ['-c', here], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout) as Record<string, unknown>;
};

/** Runs the one command of a section. */
const runs = async (walker: Walker, heading: string): Promise<Record<string, unknown>> => {
  const texts = textsOf(heading);
  expect(texts).toHaveLength(1);
  return run(walker, texts[0] ?? '');
};

const priceVersion = {
  currency: 'USD',
  effectiveFrom: '2026-05-01T00:00:00Z',
  source: 'the walk (simulated)',
  prices: ['input', 'cached_input', 'output', 'reasoning'].map((kind) => ({
    ...{ model: 'glm-4.6', kind, perMillion: '1.00' },
  })),
};

const contractTerms = {
  ...{ buyer: 'bintang-toys', seller: 'shantou-operator', currency: 'USD', zone: 'Asia/Jakarta' },
  ...{ priceTable: 'walk', requireAuthorization: false, rounding: 'half-even' },
  ...{ paymentTermDays: 30, from: '2026-05-01T00:00:00Z' },
};

describe('a new user’s walk through how-to-centre', () => {
  let walker: Walker;

  beforeAll(async () => {
    const tenant = await openTenant('how-to-centre');
    await tenant.pricing.put('/v1/price-tables/walk/versions/1', priceVersion);
    await tenant.pricing.put('/v1/contracts/c-bintang-toys', contractTerms);
    const centre = { name: CENTRE, country: 'CN', status: 'active' };
    await tenant.ingest.put(`/v1/centres/${CENTRE}`, centre);
    walker = { tenant, env: { SUANPAN_OPERATOR_KEY: tenant.operatorKey } };
  }, 60_000);

  it('begins with a key, which the operator makes', async () => {
    const made = await runs(walker, 'How a compute centre sends usage');
    walker.env['SUANPAN_KEY'] = String(made['apiKey']);
    walker.env['PREFIX'] = String(made['prefix']);
    expect(made).toMatchObject({ apiKey: expect.stringMatching(/^sp_/) });
  });

  it('1. sends the first event', async () => {
    const answer = await runs(walker, 'Send the first event');
    const results = [{ index: 0, id: CALL.id, status: 'accepted' }];
    expect(answer).toEqual({ accepted: 1, refused: 0, results });
  });

  it('4. maps foreign events, and sends what a provider answered', async () => {
    const [mapping = '', body = '', ...others] = textsOf('not ours');
    expect(others).toEqual([]);
    expect(await run(walker, mapping)).toMatchObject({ source: CALL.source });
    expect(await run(walker, body)).toMatchObject({ accepted: 1, refused: 0 });
    expect(await walker.tenant.handled(2)).toMatchObject({ rated: 2, unpriced: 0 });
  });

  it('5. sees what became of the call: rated', async () => {
    const found = await runs(walker, 'See what became of it');
    expect(found).toMatchObject({ ...CALL, call: { state: 'rated' }, history: [] });
  });

  it('6. corrects the call, and voids it', async () => {
    expect(await runs(walker, 'Correct what you sent')).toMatchObject({ accepted: 2, refused: 0 });
    await walker.tenant.handled(4);
    const found = await until('both versions', async () => {
      const now = await runs(walker, 'See what became of it');
      return (now['history'] as readonly object[]).length === 2 ? now : null;
    });
    expect(found['history']).toMatchObject([
      { revision: '1', action: 'correct', counts: false },
      { revision: '2', action: 'void', counts: true },
    ]);
  });

  it('7. proves the day with a manifest: equal', async () => {
    const compared = await runs(walker, 'Compare a day');
    expect(compared).toMatchObject({ equal: true });
  });

  it('8. rotates the key; both work until the old one ends', async () => {
    const rotated = await runs(walker, 'Your key');
    expect(rotated).toMatchObject({ apiKey: expect.stringMatching(/^sp_/) });
    walker.env['SUANPAN_KEY'] = String(rotated['apiKey']);
    expect(await runs(walker, 'See what became of it')).toMatchObject(CALL);
  });
});
