/**
 * How a centre's foreign events become ours: what an operator has to say once, because no gateway,
 * tracer or provider says it.
 *
 * Owns        source, contract and buyer of a foreign event, and what its id is. Counts are the
 *             dialects'.
 * Invariant   nothing is guessed: a subject that nobody has named has no contract, unless the
 *             mapping names a fallback for all of them.
 * Rejections  SUBJECT_UNKNOWN, INVALID_EVENT_ID, KINDS_INCOMPLETE
 * Source      ruling R22
 */
import { shown, type Problem } from './refusals.js';

/** Who pays, and by which contract. */
export interface Account {
  readonly contract: string;
  readonly buyer: string;
}

/**
 * What identifies a foreign event for ever: the sender's own id, the provider's response id (so that
 * one call that is told twice, by two doors, is one event), or the first of them that is there.
 */
export const idRules = ['sender-or-response', 'sender', 'response'] as const;
export type IdRule = (typeof idRules)[number];

/** What becomes of counts that are known only as sums: flagged for the contract's policy, or refused. */
export const incompleteRules = ['flag', 'refuse'] as const;
export type IncompleteRule = (typeof incompleteRules)[number];

export interface DoorMapping {
  /** Of foreign events that name none themselves; the centre's key must allow it. */
  readonly source: string;
  readonly subjects: ReadonlyMap<string, Account>;
  /** For every other subject, and for events without one; null: they are refused. */
  readonly fallback: Account | null;
  readonly idRule: IdRule;
  readonly kindsIncomplete: IncompleteRule;
  /** Where a tracer says the subject: the first attribute that is there, of the span, then its resource. */
  readonly subjectAttributes: readonly string[];
}

const ASK = 'Ask the operator to add it with PUT /v1/centres/{centre}/mapping';

/** The contract and the buyer of a subject, or what to do to have them. */
export const accountOf = (subject: unknown, mapping: DoorMapping | null): Account | Problem => {
  if (mapping === null) {
    return unknown(`The centre has no mapping. ${ASK}, or send contract and buyer.`);
  }
  const known = typeof subject === 'string' ? mapping.subjects.get(subject) : undefined;
  const account = known ?? mapping.fallback;
  if (account !== null) return account;
  return subject === null || subject === undefined
    ? unknown('The event names no subject and the mapping has no fallback. Send a subject.')
    : unknown(`No contract is known for the subject ${shown(subject)}. ${ASK}.`);
};

const unknown = (detail: string): Problem => ({ code: 'SUBJECT_UNKNOWN', detail });

/** The ids of a foreign event, null where it has none. */
export interface ForeignIds {
  readonly sender: unknown;
  readonly response: unknown;
}

/** The event's id by the rule, or what is missing. Whether it is a good text is admission's. */
export const idBy = (rule: IdRule, ids: ForeignIds): { readonly id: unknown } | Problem => {
  const sender = ids.sender ?? null;
  const response = ids.response ?? null;
  switch (rule) {
    case 'sender':
      return idOr(sender, 'The mapping takes the id from the sender. Send an id.');
    case 'response':
      return idOr(response, 'The mapping takes the id from the response, which has none.');
    case 'sender-or-response':
      return idOr(sender ?? response, 'Neither the sender nor the response has an id. Send one.');
  }
};

const idOr = (id: unknown, detail: string): { readonly id: unknown } | Problem =>
  id === null ? noId(detail) : { id };

const noId = (detail: string): Problem => ({ code: 'INVALID_EVENT_ID', detail });
