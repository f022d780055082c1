/**
 * The centre, the contract and the prices of the proof, and what its calls must cost.
 *
 * Units       prices: thousandths of a dollar per 1,000,000 tokens; money: 1e-9 dollars
 * Source      scene A's prices; all parties simulated
 */
import { KINDS, type Kind, idAt, millisAt, tokensAt } from './f2-play.js';

export const CENTRE = 'centre-proof';
export const SOURCE = 'proof/gateway-1';
export const CONTRACT = 'proof-contract';
export const PRICE_TABLE = 'proof-prices';
const BUYER = 'proof-buyer';
const MODEL = 'm-chat';
const SECOND_FROM = '2026-05-15T17:00:00Z';

const PRICES: readonly Readonly<Record<Kind, bigint>>[] = [
  { input: 300n, cached_input: 30n, output: 1_200n, reasoning: 1_200n },
  { input: 250n, cached_input: 25n, output: 1_000n, reasoning: 1_000n },
];

const asText = (thousandths: bigint): string => {
  const digits = String(thousandths).padStart(4, '0');
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`;
};

const versionOf = (prices: Readonly<Record<Kind, bigint>>, from: string) => ({
  currency: 'USD',
  effectiveFrom: from,
  source: 'proof (simulated)',
  prices: KINDS.map((kind) => ({ model: MODEL, kind, perMillion: asText(prices[kind]) })),
});

export const priceVersions = PRICES.map((prices, index) => ({
  version: `P${index + 1}`,
  terms: versionOf(prices, index === 0 ? '2026-03-31T17:00:00Z' : SECOND_FROM),
}));

export const contractTerms = {
  buyer: BUYER,
  seller: 'shantou-operator',
  currency: 'USD',
  zone: 'Asia/Jakarta',
  priceTable: PRICE_TABLE,
  requireAuthorization: false,
  rounding: 'half-even',
  paymentTermDays: 30,
  from: '2026-03-31T17:00:00Z',
};

/** The CloudEvent of a call, or of its rival. */
export const eventAt = (index: number, rival: boolean) => ({
  specversion: '1.0',
  type: 'suanpan.usage.v1',
  source: SOURCE,
  id: idAt(index),
  time: new Date(millisAt(index)).toISOString(),
  data: {
    contract: CONTRACT,
    buyer: BUYER,
    centre: CENTRE,
    model: MODEL,
    tokens: tokensAt(index, rival),
  },
});

/** What the distinct calls cost, by the proof's own arithmetic. */
export const moneyOf = (distinct: number): bigint => {
  const second = Date.parse(SECOND_FROM);
  let sum = 0n;
  for (let index = 0; index < distinct; index += 1) {
    const prices = PRICES[millisAt(index) < second ? 0 : 1];
    const tokens = tokensAt(index);
    for (const kind of KINDS) sum += BigInt(tokens[kind]) * (prices?.[kind] ?? 0n);
  }
  return sum;
};
