/**
 * A call as a foreign door tells it, and how it becomes an event of our own type.
 *
 * Owns        the neutral form that every dialect and every foreign door ends in.
 * Shape       what the sender wrote stays as it was written (`unknown`): admission judges it.
 * Units       kinds: tokens
 * Invariant   a foreign call passes the same admission as our own event: same rules, same identity,
 *             same codes. A path in a refusal is one of the body that was sent.
 * Rejections  those of ./door-mapping and ./admit-event
 * Source      rulings R20, R22
 */
import { admitEvent, USAGE_EVENT_TYPE } from './admit-event.js';
import type { Admitted, Sender } from './admit-event.js';
import { accountOf, idBy, type DoorMapping } from './door-mapping.js';
import type { JsonObject } from './fields.js';
import type { Kinds } from './kinds.js';
import { CORRECT_EVENT_TYPE } from './read-correction.js';
import { isProblem, type Problem, type Refusal } from './refusals.js';
import type { UsageEvent } from './usage-event.js';

/** Fields of our own event's data that a foreign call may say something about. */
export type CallFields = Readonly<
  Partial<Record<Exclude<keyof UsageEvent, keyof ForeignCall | 'tenant' | 'modelOrdered'>, unknown>>
>;

export interface ForeignCall {
  /** What the sender itself calls the call; null: nothing. */
  readonly id: unknown;
  /** What the provider calls its response; null: unknown. */
  readonly responseId: unknown;
  /** Null: the mapping's. */
  readonly source: unknown;
  /** RFC 3339; null: unknown. */
  readonly time: unknown;
  readonly subject: unknown;
  /** As ordered. */
  readonly model: unknown;
  /** As the provider names what it served; null: as ordered. */
  readonly modelServed: unknown;
  /** Disjoint. */
  readonly kinds: Kinds;
  /** Some of the counts are sums of kinds that the sender could not tell apart. */
  readonly kindsIncomplete: boolean;
  /** `contract` and `buyer` here go before the mapping's. */
  readonly data: CallFields;
  /** CloudEvents extension attributes. */
  readonly extensions: JsonObject;
  /**
   * Where our fields stand in the body that was sent: our path, theirs. A path covers what lies
   * under it; what is not named is found at `$`.
   */
  readonly paths: ForeignPaths;
}

export type ForeignPaths = Readonly<Record<string, string>>;

/** Admits one foreign call, or says why not, in the words of the body that was sent. */
export const admitForeign = (
  call: ForeignCall,
  mapping: DoorMapping | null,
  sender: Sender,
): Admitted => {
  const event = toOwnEvent(call, mapping, sender);
  const admitted = 'refused' in event ? event : admitEvent(event.value, sender);
  if ('ok' in admitted) return admitted;
  const { refused } = admitted;
  return { refused: { ...refused, path: foreignPath(refused.path, call.paths) } };
};

/** The call as the value of a CloudEvent of our own type; the path of a refusal is ours. */
const toOwnEvent = (
  call: ForeignCall,
  mapping: DoorMapping | null,
  sender: Sender,
): { readonly value: JsonObject } | { readonly refused: Refusal } => {
  const type = typeOf(call.data);
  // A correction is another event than its call, though both may have the same response.
  const isCall = type === USAGE_EVENT_TYPE;
  const id = idBy(isCall ? (mapping?.idRule ?? 'sender-or-response') : 'sender', {
    sender: call.id,
    response: call.responseId,
  });
  if (isProblem(id)) return at('$.id', id);
  if (isAbsent(call.source) && mapping === null) return at('$.source', NO_SOURCE);
  if (isAbsent(call.time)) return at('$.time', NO_TIME);
  const account = hasAccount(call.data) ? {} : accountOf(call.subject, mapping);
  if (isProblem(account)) return at('$.subject', account);
  if (call.kindsIncomplete && mapping?.kindsIncomplete === 'refuse') {
    return at('$.data.tokens', INCOMPLETE);
  }
  const value = {
    ...call.extensions,
    ...{ specversion: '1.0', type, id: id.id },
    ...{ source: call.source ?? mapping?.source, time: call.time, subject: call.subject },
    data: {
      ...{ centre: sender.centre, ...account, ...call.data },
      ...{ model: call.model, modelServed: call.modelServed },
      tokens: toWireKinds(call.kinds),
      ...(call.kindsIncomplete && { kindsIncomplete: true }),
    },
  };
  return { value };
};

const isAbsent = (value: unknown): boolean => value === null || value === undefined;

/** A call that names another takes its place: so provisional counts become final ones. */
const typeOf = ({ correctsId, correctsSource }: CallFields): string =>
  isAbsent(correctsId) && isAbsent(correctsSource) ? USAGE_EVENT_TYPE : CORRECT_EVENT_TYPE;

/** One of them alone is no account either, but the sender's own: admission says what is missing. */
const hasAccount = ({ contract, buyer }: CallFields): boolean =>
  !isAbsent(contract) || !isAbsent(buyer);

const NO_SOURCE: Problem = {
  code: 'INVALID_SOURCE',
  detail: 'No source is sent and the centre has no mapping that names one.',
};
const NO_TIME: Problem = {
  code: 'INVALID_TIME',
  detail: 'Neither the sender nor the body says when the call was. Send a time.',
};
const INCOMPLETE: Problem = {
  code: 'KINDS_INCOMPLETE',
  detail: 'The counts cannot be told apart by kind, and the mapping refuses such events.',
};

const at = (path: string, problem: Problem): { readonly refused: Refusal } => ({
  refused: { ...problem, path },
});

const toWireKinds = (kinds: Kinds): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(kinds).map(([kind, count]) => [kind, count.toString()]));

/** Kinds are sums and differences of counts: no kind has a path of its own in a foreign body. */
const TOKENS = '$.data.tokens';

/** The path in the body that was sent. */
const foreignPath = (ours: string, paths: ForeignPaths): string => {
  if (ours.startsWith(TOKENS) && Object.hasOwn(paths, TOKENS)) return paths[TOKENS] ?? '$';
  const covers = (path: string): boolean =>
    ours === path || (ours.startsWith(path) && '.['.includes(ours.charAt(path.length)));
  const longest = Object.keys(paths)
    .filter(covers)
    .reduce((best, path) => (path.length > best.length ? path : best), '');
  return longest === '' ? ours : `${paths[longest] ?? '$'}${ours.slice(longest.length)}`;
};
