/**
 * Why the local stack cannot go on, in one sentence for a person, naming what to do about it.
 *
 * Owns        the only error that this room throws on purpose.
 */
export class StackProblem extends Error {
  override readonly name = 'StackProblem';
}

/** Where a line of progress goes. One line a step, also when nobody watches a terminal. */
export type Log = (line: string) => void;

/** The text of whatever was thrown. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};

/** Waits for all of them, whatever fails, and then throws the first failure. */
export const allSettled = async <T>(work: readonly Promise<T>[]): Promise<readonly T[]> => {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
};
