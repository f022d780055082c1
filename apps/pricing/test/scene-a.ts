/** Scene A1: the 2,659 events that the door has accepted. */
import type { Tokens, Usage } from './usage.js';
import { usage } from './usage.js';

const many = (count: number, one: (index: number) => Usage): readonly Usage[] =>
  Array.from({ length: count }, (_, index) => one(index + 1));

const bulk = (name: string, at: string, tokens: Tokens): readonly Usage[] =>
  many(1_000, (index) => usage({ id: `${name}-${String(index).padStart(4, '0')}`, at, tokens }));

const small: Tokens = [2_000n, 0n, 300n, 200n];
const c2 = usage({ id: 'c2', at: '2026-04-30T17:00:00Z', tokens: [1_000n, 9_000n, 500n, 0n] });

export const boundaries: readonly Usage[] = [
  usage({ id: 'c1', at: '2026-04-30T16:59:59.999999Z', tokens: small }),
  c2,
  c2,
  { ...c2, kinds: { ...c2.kinds, output: 501n } },
  usage({ id: 'c3', at: '2026-05-15T16:59:59.999999Z', tokens: small }),
  usage({ id: 'c4', at: '2026-05-15T17:00:00Z', tokens: small }),
  usage({ id: 'c5', at: '2026-05-10T00:00:00Z', tokens: small, model: 'm-unknown' }),
  usage({
    id: 'c6',
    at: '2026-05-10T00:00:00Z',
    tokens: [10_000_000n, 0n, 0n, 0n],
    authorization: null,
  }),
  usage({ id: 'c7', at: '2026-05-31T17:00:00Z', tokens: small }),
];

export const agents = many(650, (index) =>
  usage({
    id: `a-${String(index).padStart(3, '0')}`,
    at: '2026-05-12T03:00:00Z',
    tokens: [1_000_000n, 0n, 0n, 0n],
    model: 'm-agent',
  }),
);

export const accepted: readonly Usage[] = [
  ...bulk('b1', '2026-05-08T03:00:00Z', [412_345n, 1_234_567n, 98_765n, 10_000n]),
  ...bulk('b2', '2026-05-20T03:00:00Z', [300_000n, 800_200n, 71_005n, 8_000n]),
  ...agents,
  ...boundaries,
];

/** The m-chat lines of A2: version, kind, quantity, exact, amount. */
export const chatLines = [
  ['P1', 'input', '412348000', '123.7044', '123.70'],
  ['P1', 'cached_input', '1234576000', '37.03728', '37.04'],
  ['P1', 'output', '98765800', '118.51896', '118.52'],
  ['P1', 'reasoning', '10000200', '12.00024', '12.00'],
  ['P2', 'input', '300002000', '75.0005', '75.00'],
  ['P2', 'cached_input', '800200000', '20.005', '20.00'],
  ['P2', 'output', '71005300', '71.0053', '71.01'],
  ['P2', 'reasoning', '8000200', '8.0002', '8.00'],
];
