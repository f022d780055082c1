/**
 * The prices and contracts of the bench, and what its events must come to.
 *
 * Units       prices: ten-thousandths of a dollar per 1,000,000 tokens; amounts: 1e-10 dollars
 */
import { LEGAL_ENTITY } from '../demo/parties.js';
import { CONTRACTS, eventAt, type Kind, KINDS, modelName, MODELS, two } from './workload.js';

const PRICE_SCALE = 4;

const scaledPrice = (model: number, kind: Kind): bigint =>
  BigInt(
    { input: 2_800, cached_input: 280, output: 11_200, reasoning: 11_200 }[kind] * (model + 1),
  );

const priceText = (model: number, kind: Kind): string => {
  const digits = String(scaledPrice(model, kind)).padStart(PRICE_SCALE + 1, '0');
  return `${digits.slice(0, -PRICE_SCALE)}.${digits.slice(-PRICE_SCALE)}`;
};

export const PRICE_TABLE = 'bench-prices';

export const priceVersion = {
  currency: 'USD',
  effectiveFrom: '2026-05-01T00:00:00Z',
  source: 'bench (simulated)',
  prices: Array.from({ length: MODELS }, (_, model) =>
    KINDS.map((kind) => ({ model: modelName(model), kind, perMillion: priceText(model, kind) })),
  ).flat(),
};

export const contracts = Array.from({ length: CONTRACTS }, (_, index) => ({
  contract: `bench-contract-${two(index + 1)}`,
  terms: {
    buyer: `bench-buyer-${two(index + 1)}`,
    ...{ seller: LEGAL_ENTITY, currency: 'USD', zone: 'Asia/Jakarta', priceTable: PRICE_TABLE },
    ...{ requireAuthorization: false, rounding: 'half-even', paymentTermDays: 30 },
    from: '2026-05-01T00:00:00Z',
  },
}));

export interface Sums {
  readonly kinds: Record<Kind, bigint>;
  /** In 1e-10 dollars: tokens × price per million × 10,000. */
  amount: bigint;
}

/** What events 0 to `end` must come to, by the bench's own arithmetic. */
export const sumsOf = (end: number, round: number): Sums => {
  const sums: Sums = {
    kinds: { input: 0n, cached_input: 0n, output: 0n, reasoning: 0n },
    amount: 0n,
  };
  for (let index = 0; index < end; index += 1) {
    const { tokens, model } = eventAt(index, round);
    for (const kind of KINDS) {
      const count = BigInt(tokens[kind] ?? 0);
      sums.kinds[kind] += count;
      sums.amount += count * scaledPrice(model, kind);
    }
  }
  return sums;
};
