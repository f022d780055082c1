import { stopEverything, StackProblem } from '@suanpan/local-stack';

/**
 * How a command ends: what it started is stopped, and a person reads one sentence, not a stack trace, for what
 * they can mend themselves.
 */
const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing answers there. Start the servers: npm run stack -- up',
  // PostgreSQL: a table or a schema is missing.
  '42P01': 'The tables are not there yet. Run the whole system once: npm start -- --once',
  '3F000': 'The tables are not there yet. Run the whole system once: npm start -- --once',
};

const sentenceOf = (error: unknown): string => {
  if (error instanceof StackProblem) return error.message;
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: string }).code ?? '';
  return HINTS[code] ?? error.stack ?? error.message;
};

/** Runs a command to its exit code. */
export const endWith = (work: () => Promise<unknown>): void => {
  work().then(
    async () => {
      await stopEverything();
      process.exit(process.exitCode ?? 0);
    },
    async (error: unknown) => {
      process.stderr.write(`${sentenceOf(error)}\n`);
      await stopEverything();
      process.exit(1);
    },
  );
};
