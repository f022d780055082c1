/**
 * Things that are simply as they were last registered: legal entities, counterparties.
 *
 * Shape       the fact is the whole registration; the same again is no fact.
 */
import type { Decider } from '@suanpan/event-sourcing';
import { canonicalJson } from '@suanpan/event-sourcing';

/** `check` says whether a registration may follow the one before it, by throwing. */
export const registered = <Fact>(
  check: (before: Fact, after: Fact) => void = () => undefined,
): Decider<Fact | null, Fact, Fact> => ({
  initial: null,
  decide: (before, after) => {
    if (before === null) return [after];
    if (canonicalJson(before) === canonicalJson(after)) return [];
    check(before, after);
    return [after];
  },
  evolve: (_before, fact) => fact,
});

/** Names travel in ids with ':' between them. */
export const NAME_SHAPE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
