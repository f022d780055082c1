/** Small builders for what a centre sends. Days are fixed: the tests' now is 2026-06-30. */
export const NOW = '2026-06-30T00:00:00Z';
export const SOURCE = 'gz/vllm-1';

export type Json = Readonly<Record<string, unknown>>;

/** An event that is accepted; `over` replaces attributes. */
export const usageEvent = (id: string, over: Json = {}): Json => ({
  specversion: '1.0',
  type: 'suanpan.usage.v1',
  source: SOURCE,
  id,
  time: '2026-06-15T10:00:00Z',
  data: usageData(),
  ...over,
});

/** The data of such an event; `over` replaces fields. */
export const usageData = (over: Json = {}): Json => ({
  contract: 'contract-shenzhen',
  buyer: 'buyer-shenzhen',
  centre: 'gz',
  model: 'm-chat',
  tokens: { input: 1200, output: 300 },
  ...over,
});

/** The event with another value of `data`. */
export const withData = (id: string, over: Json): Json => usageEvent(id, { data: usageData(over) });

/** The event whose input count is written exactly so. */
export const withInput = (id: string, literal: string): string =>
  JSON.stringify(withData(id, { tokens: { input: '@' } })).replace('"@"', literal);
