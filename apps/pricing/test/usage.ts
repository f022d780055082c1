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

/** Of the call that the event speaks of: a correction meets its original (R3). */
export const identityOfUsage = (event: Usage): Buffer =>
  identityOf(event.tenant, event.correctsSource ?? event.source, event.correctsId ?? event.id);

export interface CorrectionOrder {
  readonly of: Usage;
  readonly id: string;
  readonly revision: bigint;
}

/** The call said again, with what is different. */
export const correct = (order: CorrectionOrder, change: Partial<Usage> = {}): Usage => ({
  ...order.of,
  ...change,
  id: order.id,
  correctsSource: order.of.source,
  correctsId: order.of.id,
  revision: order.revision,
  correction: 'correct',
});

/** The call never was. */
export const voidOf = ({ of, id, revision }: CorrectionOrder): Usage => ({
  tenant: of.tenant,
  source: of.source,
  id,
  time: of.time,
  contract: '',
  buyer: '',
  centre: of.centre,
  modelOrdered: '',
  kinds: {},
  correctsSource: of.source,
  correctsId: of.id,
  revision,
  correction: 'void',
});

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
