/**
 * Scene A1 as it is offered: the items, the prices and the contract.
 *
 * Source      scene A1: m-chat prices equal a public list, the rest are examples; all parties simulated
 */
export const SOURCE = 'scene/gateway-1';
export const CENTRE = 'centre-scene';
export const CONTRACT = 'C-1';

type Tokens = Readonly<Record<string, number>>;

export const tokens = (
  ...[input, cached_input, output, reasoning]: readonly [number, number, number, number]
): Tokens => ({ input, cached_input, output, reasoning });

interface Call {
  readonly id: string;
  readonly time: string;
  readonly model?: string;
  readonly tokens?: Tokens;
  readonly usage?: unknown;
  readonly authorization?: string | null;
}

/** A CloudEvent of the scene's centre; without `authorization: null` it names one. */
export const event = ({ id, time, model = 'm-chat', authorization = 'auth-1', ...body }: Call) => ({
  specversion: '1.0',
  type: 'suanpan.usage.v1',
  source: SOURCE,
  id,
  time,
  data: {
    contract: CONTRACT,
    buyer: 'bintang-toys',
    centre: CENTRE,
    model,
    ...body,
    ...(authorization === null ? {} : { authorization }),
  },
});

const many = (count: number, make: (n: string) => Call) =>
  Array.from({ length: count }, (_, index) => event(make(String(index + 1).padStart(4, '0'))));

export const bulkP1 = many(1_000, (n) => ({
  id: `b1-${n}`,
  time: '2026-05-08T03:00:00Z',
  tokens: tokens(412_345, 1_234_567, 98_765, 10_000),
}));

export const bulkP2 = many(1_000, (n) => ({
  id: `b2-${n}`,
  time: '2026-05-20T03:00:00Z',
  tokens: tokens(300_000, 800_200, 71_005, 8_000),
}));

export const agent = many(650, (n) => ({
  id: `a-${n}`,
  time: '2026-05-12T03:00:00Z',
  model: 'm-agent',
  tokens: { input: 1_000_000 },
}));

/** The provider's own body: 500 completion tokens of which 200 reasoned. */
const body = {
  prompt_tokens: 2_000,
  completion_tokens: 500,
  total_tokens: 2_500,
  completion_tokens_details: { reasoning_tokens: 200 },
};

export const c1 = event({
  id: 'c1',
  time: '2026-04-30T16:59:59.999999Z',
  tokens: tokens(2_000, 0, 300, 200),
});
export const c2 = event({
  id: 'c2',
  time: '2026-04-30T17:00:00Z',
  tokens: tokens(1_000, 9_000, 500, 0),
});
export const c2Changed = event({
  id: 'c2',
  time: '2026-04-30T17:00:00Z',
  tokens: tokens(1_000, 9_000, 501, 0),
});
export const c3 = event({ id: 'c3', time: '2026-05-15T16:59:59.999999Z', usage: body });
export const c4 = event({ id: 'c4', time: '2026-05-15T17:00:00Z', usage: body });
export const c5 = event({
  id: 'c5',
  time: '2026-05-10T00:00:00Z',
  model: 'm-unknown',
  tokens: tokens(10, 0, 10, 0),
});
export const c6 = event({
  id: 'c6',
  time: '2026-05-10T00:00:00Z',
  tokens: { input: 10_000_000 },
  authorization: null,
});
export const c7 = event({ id: 'c7', time: '2026-05-31T17:00:00Z', usage: body });
export const c8 = event({
  id: 'c8',
  time: '2026-05-10T00:00:00Z',
  usage: {
    prompt_tokens: 100,
    completion_tokens: 1,
    prompt_tokens_details: { cached_tokens: 101 },
  },
});

const CHAT_KINDS = ['input', 'cached_input', 'output', 'reasoning'] as const;

const chatPrices = (perMillion: readonly string[]) =>
  CHAT_KINDS.map((kind, index) => ({ model: 'm-chat', kind, perMillion: perMillion[index] }));

// The graduated price of m-agent comes with the price models: until then one linear price.
const agentPrice = { model: 'm-agent', kind: 'input', perMillion: '2.00' };

export const priceVersions = [
  {
    version: 'P1',
    currency: 'USD',
    effectiveFrom: '2026-03-31T17:00:00Z',
    source: 'scene A',
    prices: [...chatPrices(['0.30', '0.03', '1.20', '1.20']), agentPrice],
  },
  {
    version: 'P2',
    currency: 'USD',
    effectiveFrom: '2026-05-15T17:00:00Z',
    source: 'scene A',
    prices: [...chatPrices(['0.25', '0.025', '1.00', '1.00']), agentPrice],
  },
];

export const contractTerms = {
  buyer: 'bintang-toys',
  seller: 'shantou-operator',
  currency: 'USD',
  zone: 'Asia/Jakarta',
  priceTable: 'pt-scene',
  requireAuthorization: true,
  rounding: 'half-even',
  paymentTermDays: 30,
  from: '2026-03-31T17:00:00Z',
};
