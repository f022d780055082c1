/**
 * The shape every aggregate has: a pure decision and a pure fold.
 *
 * Owns        nothing but the types; a shell loads, decides, appends.
 * Source      docs/adr/0005-what-is-event-sourced.md
 */
export interface Decider<State, Command, Event> {
  readonly initial: State;
  /** Says which facts follow from the command, or throws a `Rejection`. */
  readonly decide: (state: State, command: Command) => readonly Event[];
  /** Folds one fact into the state. Never refuses, never computes money. */
  readonly evolve: (state: State, event: Event) => State;
}

/** Folds a stream's facts, oldest first, into the state they make. */
export const fold = <State, Event>(
  decider: Pick<Decider<State, never, Event>, 'initial' | 'evolve'>,
  events: Iterable<Event>,
): State => {
  let state = decider.initial;
  for (const event of events) state = decider.evolve(state, event);
  return state;
};
