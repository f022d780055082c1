/**
 * Waiting until something answers.
 *
 * Owns        the pause between two tries and the limit of all of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { StackProblem, reasonOf } from './problem.js';

export interface Wait {
  /** What a person reads when the limit is over. */
  readonly what: string;
  readonly limitMs: number;
  readonly pauseMs?: number;
  /** Ends the wait at once when it settles: the process that would answer has ended. */
  readonly unless?: Promise<string>;
}

/** Tries until `attempt` succeeds; throws the last reason when the time is over. */
export const waitUntil = async <T>(wait: Wait, attempt: () => Promise<T>): Promise<T> => {
  const end = performance.now() + wait.limitMs;
  let gaveUp: string | null = null;
  void wait.unless?.then((why) => {
    gaveUp = why;
  });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (gaveUp !== null) throw new StackProblem(`${wait.what} ended: ${gaveUp}`);
      if (performance.now() > end) {
        const seconds = Math.round(wait.limitMs / 1000);
        throw new StackProblem(`${wait.what} gave no answer in ${seconds} s: ${reasonOf(error)}`);
      }
    }
    await sleep(wait.pauseMs ?? 150);
  }
};
