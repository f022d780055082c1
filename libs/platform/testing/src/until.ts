/** Waits for something to become true, and says what was waited for when it does not. */
const STEP_MS = 50;

/** Asks `probe` again and again until it gives a value, at most `timeoutMs`. */
export const until = async <T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 40_000,
): Promise<T> => {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`Not seen within ${timeoutMs} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
};
