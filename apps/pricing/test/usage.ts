/** Usage events of the tests, and contract C-1 of scene A. */
import { parseInstant } from '@suanpan/calendar';
import { identityOf } from '@suanpan/messages';
import type { MessageDraft } from '@suanpan/messages';

export type Usage = MessageDraft<'usage.recorded'>;

export const TENANT = 'shantou';

export type Tokens = readonly [input: bigint, cached: bigint, output: bigint, reasoning: bigint];

export interface UsageOrder {
  readonly id: string;
  readonly at: string;
  readonly tokens: Tokens;
  readonly model?: string;
  readonly contract?: string;
  readonly buyer?: string;
  readonly tenant?: string;
  readonly authorization?: string | null;
}

/** One event of contract C-1's buyer; a kind of zero is left out, as dialects do. */
export const usage = (order: UsageOrder): Usage => {
  const [input, cached, output, reasoning] = order.tokens;
  const kinds = Object.entries({ input, cached_input: cached, output, reasoning });
  return {
    tenant: order.tenant ?? TENANT,
    source: 'gateway/jakarta',
    id: order.id,
    time: parseInstant(order.at),
    contract: order.contract ?? 'C-1',
    buyer: order.buyer ?? 'bintang-toys',
    centre: 'centre-shantou',
    modelOrdered: order.model ?? 'm-chat',
    kinds: Object.fromEntries(kinds.filter(([, quantity]) => quantity !== 0n)),
    authorization: order.authorization === undefined ? 'AU-1' : order.authorization,
    upstream: 'upstream-1',
    endUserCountry: 'ID',
    latencyMs: 120n,
  };
};

export const identityOfUsage = ({ tenant, source, id }: Usage): Buffer =>
  identityOf(tenant, source, id);

export const contractBody = {
  buyer: 'bintang-toys',
  seller: 'shantou-operator',
  currency: 'USD',
  zone: 'Asia/Jakarta',
  priceTable: 'retail',
  requireAuthorization: true,
  rounding: 'half-even',
  paymentTermDays: 30,
  from: '2026-04-01T00:00:00+07:00',
};

const chat = (input: string, cached: string, output: string) => [
  { model: 'm-chat', kind: 'input', perMillion: input },
  { model: 'm-chat', kind: 'cached_input', perMillion: cached },
  { model: 'm-chat', kind: 'output', perMillion: output },
  { model: 'm-chat', kind: 'reasoning', perMillion: output },
];

export const p1Body = {
  currency: 'USD',
  effectiveFrom: '2026-04-01T00:00:00+07:00',
  source: 'scene A',
  prices: [
    ...chat('0.30', '0.03', '1.20'),
    { model: 'm-agent', kind: 'input', perMillion: '2.00' },
  ],
};

export const p2Body = {
  currency: 'USD',
  effectiveFrom: '2026-05-16T00:00:00+07:00',
  source: 'scene A',
  prices: [
    ...chat('0.25', '0.025', '1.00'),
    { model: 'm-agent', kind: 'input', perMillion: '2.00' },
  ],
};
