/**
 * What a dialect makes of a provider's body.
 *
 * Units       kinds: tokens; audioMs: milliseconds
 */
import type { Kinds } from '../kinds.js';
import type { Findings } from '../refusals.js';
import type { Pieces } from './pieces.js';

export type Outcome = 'complete' | 'cut' | 'failed';
export type Finality = 'final' | 'provisional';

/** A value of the body and where it stands. */
export interface Found {
  readonly value: unknown;
  readonly path: string;
}

/** The counts of one response. */
export interface Counted {
  readonly kinds: Kinds;
  /** Counts that overlap in a way the body does not tell. */
  readonly isIncomplete?: boolean;
  readonly audioMs?: bigint | null;
  readonly images?: bigint | null;
  /** Counts that have no kind of ours, as text: carried, not priced. */
  readonly notes?: Readonly<Record<string, string>>;
}

export interface Reading extends Counted {
  readonly id: Found | null;
  readonly model: Found | null;
  /** RFC 3339. */
  readonly time: Found | null;
  readonly serviceTier: unknown;
  readonly upstreamRequestId: unknown;
  /** Null: the body does not say. */
  readonly outcome: Outcome | null;
  readonly finality: Finality | null;
  /** Where the counts stand. */
  readonly usagePath: string;
}

/** Reads a body; what is wrong goes into the findings, and then the answer is null. */
export type Dialect = (pieces: Pieces, findings: Findings) => Reading | null;
