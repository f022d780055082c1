/**
 * What the start of each server needs: its home, the state, a port, and a way to launch it.
 *
 * Owns        giving ports away one after the other, and writing a server down as it is launched.
 * Invariant   stack.json names a server before anybody waits for it, so that `down` finds it
 *             whatever happens next; nothing is launched after the start was given up.
 */
import { startGuarded } from './guarded.js';
import type { Guarded, Order } from './guarded.js';
import type { Home } from './home.js';
import { choosePort } from './ports.js';
import { StackProblem } from './problem.js';
import type { Log } from './problem.js';
import { writeState } from './state.js';
import type { StackState } from './state.js';

export interface Starting {
  readonly home: Home;
  readonly state: StackState;
  readonly log: Log;
  /** A free port, remembered under `name`. */
  port(name: string, usual: number): Promise<number>;
  /** Starts a server and writes it down. */
  launch(order: Order): Promise<Guarded>;
  /** Stops what was launched and launches nothing more. */
  stop(): Promise<void>;
  /** Lets what was launched live on when this process ends. */
  release(): void;
}

const portGiver = (state: StackState): Starting['port'] => {
  const taken = new Set<number>();
  let turn: Promise<unknown> = Promise.resolve();
  return (name, usual) => {
    // One after the other: two searches at once would find the same free port.
    const mine = turn.then(async () => {
      const chosen = await choosePort({ usual, last: state.ports[name], taken });
      taken.add(chosen);
      state.ports[name] = chosen;
      return chosen;
    });
    turn = mine.catch(() => undefined);
    return mine;
  };
};

/** The tools of one start. */
export const beginStart = (home: Home, state: StackState, log: Log): Starting => {
  const launched: Guarded[] = [];
  let givenUp = false;
  const watch = async (one: Guarded): Promise<void> => {
    const { code, signal } = await one.ended;
    if (!givenUp) log(`${one.name} ended (${signal ?? `code ${code}`}); see ${home.logs}`);
  };
  return {
    home,
    state,
    log,
    port: portGiver(state),
    launch: async (order) => {
      if (givenUp) throw new StackProblem('The start was given up.');
      const one = await startGuarded(order);
      launched.push(one);
      state.servers.push({ name: one.name, guard: one.guard, server: one.server });
      writeState(home, state);
      void watch(one);
      if (givenUp) await one.stop();
      return one;
    },
    stop: async () => {
      givenUp = true;
      await Promise.all(launched.map((one) => one.stop()));
      state.servers = [];
      writeState(home, state);
    },
    release: () => launched.forEach((one) => one.release()),
  };
};
