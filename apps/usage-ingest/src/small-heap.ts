/**
 * Keeps the engine's heap near what lives in it, by full collections that come earlier.
 *
 * Units       percent
 * Invariant   nothing is limited: a heap that needs more grows on.
 * Source      design promise on memory; ADR 0031
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How far the old generation may grow beyond what the last collection left; a young one comes on top. */
const GROWTH_PERCENT = 70;

/** Holds for every thread of the process, from its next full collection on. */
export const keepHeapSmall = (): void => {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
};

/**
 * A full collection, once: without one the engine lets a young process grow by a quarter of a gigabyte.
 * It takes about 60 ms, so before the first request.
 */
export const collectOnce = (): void => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
};
