/**
 * The servers that a reading command needs: those that run, else started for this command alone.
 *
 * Invariant   what was started here ends with the command; what ran before stays.
 */
import {
  attachStack,
  type Stack,
  StackProblem,
  startStack,
  wasStarted,
} from '@suanpan/local-stack';

/** Joins the local stack, or starts it on the data it has kept; says so on stderr. */
export const joinServers = async (): Promise<Stack> => {
  if (!wasStarted()) {
    throw new StackProblem(
      'Nothing has run here yet. Run the whole system once: npm start -- --once',
    );
  }
  try {
    return await attachStack();
  } catch (error) {
    if (!(error instanceof StackProblem)) throw error;
  }
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  log('The servers are down: they start for this command and end with it.');
  return startStack({ log });
};
