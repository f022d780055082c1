/**
 * Asks until a store answers, so that a start need not wait for another start.
 *
 * Units       milliseconds
 * Invariant   what a store answers wrongly (another partition count) is thrown at once; only
 *             silence is asked again, for ten minutes.
 * Source      reliability.md F08, F15
 */
import { Unavailable } from '@suanpan/event-sourcing';
import type { Logger } from '@suanpan/platform-observability';

const PAUSE_MS = 1_000;
const ATTEMPTS_MAX = 600;

/** True for kafkajs' own words for "the broker does not answer", and for ours. */
const isAway = (error: unknown): boolean =>
  error instanceof Unavailable || (error instanceof Error && error.name.startsWith('KafkaJS'));

/** Runs `work` until it succeeds or fails for another reason than silence. */
export const untilAnswered = async <T>(logger: Logger, work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || attempt >= ATTEMPTS_MAX) throw error;
      logger.warn({ err: error }, 'A store does not answer yet.');
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
};
