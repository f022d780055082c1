/**
 * The kinds of tokens that a price can be agreed for.
 *
 * Shape       the names are data of the event and the price table; the order is that of invoices.
 * Units       tokens; kinds that end in _ms: milliseconds of audio, so that 1,000,000 are 1,000 s
 * Source      design.md 1 (disjoint classes), requirement M8, ruling R24 (an extensible map)
 */
export const TOKEN_KINDS = [
  'input',
  'cached_input',
  'cache_write',
  'output',
  'reasoning',
  'audio_input',
  'audio_output',
  'image_input',
  'audio_input_ms',
  'audio_output_ms',
] as const;

const order = new Map<string, number>(TOKEN_KINDS.map((kind, index) => [kind, index]));
const NAME = /^[a-z][a-z0-9_]{0,31}$/;

export const isTokenKind = (name: string): boolean => NAME.test(name);

/** Known kinds in their order, then the others by name. */
export const compareKinds = (one: string, other: string): number => {
  const difference =
    (order.get(one) ?? TOKEN_KINDS.length) - (order.get(other) ?? TOKEN_KINDS.length);
  if (difference !== 0) return difference;
  return one < other ? -1 : one > other ? 1 : 0;
};
