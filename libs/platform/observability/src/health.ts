/**
 * What a process says about its own readiness: a named part reports, the doors read.
 *
 * Shape       each part (`kafka`, `postgres`, a partition's halt) is ready or says why not.
 * Invariant   the process is ready only when every part that has ever reported is ready.
 */
export interface HealthReport {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, { readonly ready: boolean; readonly detail?: string }>>;
}

export interface Health {
  /** Records the present state of one part; the last word counts. */
  report(part: string, ready: boolean, detail?: string): void;
  /** The state of all parts. */
  snapshot(): HealthReport;
}

/** What the log's brokers survive, in the words of the health page (R21). */
export const brokersDetail = (count: number): string =>
  count === 1 ? '1 broker: survives a kill, not the loss of power' : `${count} brokers`;

/** A registry of its own; one a process. */
export const createHealth = (): Health => {
  const parts = new Map<string, { readonly ready: boolean; readonly detail?: string }>();
  return {
    report: (part, ready, detail) => {
      parts.set(part, detail === undefined ? { ready } : { ready, detail });
    },
    snapshot: () => ({
      ready: [...parts.values()].every((part) => part.ready),
      parts: Object.fromEntries(parts),
    }),
  };
};
