import type { Decider } from './decider.js';
import { fold } from './decider.js';
import { Rejection } from './errors.js';

/** What a command led to in a spec: the facts, or the code of the refusal. */
export type Outcome<Event> = readonly Event[] | { readonly rejected: string };

/** A spec's notation: `given(agreement, signed).when(end)` gives the facts or the refusal. */
export const given = <State, Command, Event>(
  decider: Decider<State, Command, Event>,
  ...past: readonly Event[]
) => ({
  when: (command: Command): Outcome<Event> => {
    try {
      return decider.decide(fold(decider, past), command);
    } catch (error) {
      if (error instanceof Rejection) return { rejected: error.code };
      throw error;
    }
  },
});
