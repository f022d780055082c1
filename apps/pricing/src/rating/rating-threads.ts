/**
 * Rating in threads of their own, so that the log is read while calls are rated.
 *
 * Shape       a group of batches goes whole to the thread that has least to do, as one run of bytes;
 *             it comes back as an outcome. Each thread has its own sessions, caches and pipeline.
 * Invariant   as the pipeline's own: everything of a group is stored, or nothing. A partition's
 *             count of defects is kept here, for its next group may go to another thread.
 * Rejections  those of the pipeline; Unavailable RATING_UNAVAILABLE once a thread is gone
 * Source      ruling R12; ADR 0051
 */
import { availableParallelism } from 'node:os';
import { Breaker, countQuarantined, packBatches, Thread } from '@suanpan/platform-kafka';
import type { BreakerState, Environment, LogBatch, PackedBatches } from '@suanpan/platform-kafka';
import { currentTraceparent } from '@suanpan/platform-observability';
import { USAGE_TOPIC } from '../cuts/cut.js';
import { Breakers } from './defect-breaker.js';

/** The compiled worker, whether this module itself is compiled or read from its source. */
const FILE = new URL('../../dist/rating/rating-worker.js', import.meta.url);
const THREADS_MIN = 2;
const THREADS_MAX = 4;
/** One group is read while the other waits for the database. */
export const GROUPS_A_THREAD = 2;
/** A group's candidates live until its commit: copied seldom. */
const YOUNG_MIB = 64;

export interface RatingSettings {
  /** The pipeline role's connection. */
  readonly url: string;
  readonly schema: string;
  readonly vaultKey: string;
}

export type RatingOrder =
  | { readonly type: 'open' | 'close' }
  | {
      readonly type: 'rate';
      readonly packed: PackedBatches;
      /** One a batch. */
      readonly breakers: readonly BreakerState[];
      readonly traceparent: string | undefined;
    };

export interface RatingOutcome {
  /** One a batch. */
  readonly breakers: readonly BreakerState[];
  /** The reason of each record that was set aside. */
  readonly reasons: readonly string[];
}

/** As many as cores: what the database and the log need of them, the system shares out. */
const threadCount = (): number =>
  Math.min(THREADS_MAX, Math.max(THREADS_MIN, availableParallelism()));

interface RatingThreadsOptions {
  readonly env: Environment;
  readonly settings: RatingSettings;
  /** A thread has died; the process cannot go on. */
  readonly died: (reason: string) => void;
}

export class RatingThreads {
  private readonly threads: readonly Thread<RatingOrder, RatingOutcome | undefined>[];
  private readonly breakers = new Breakers();
  private turn = 0;

  constructor({ env, settings, died }: RatingThreadsOptions) {
    this.threads = Array.from(
      { length: threadCount() },
      () =>
        new Thread({
          ...{ file: FILE, env, data: settings, died, youngMiB: YOUNG_MIB },
          // A traced process has its database traced here too.
          ...{ inheritsFlags: true, goneCode: 'RATING_UNAVAILABLE' },
        }),
    );
  }

  /** Groups that may be rated at a time. */
  get parallel(): number {
    return GROUPS_A_THREAD * this.threads.length;
  }

  /** Opens each thread's database; fails while that does not answer. */
  async open(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.ask({ type: 'open' })));
  }

  /** Rates a group of batches; throws without effect, or has stored everything. */
  async rate(batches: readonly LogBatch[]): Promise<void> {
    const packed = packBatches(batches);
    const order: RatingOrder = {
      ...{ type: 'rate', packed, traceparent: currentTraceparent() },
      breakers: batches.map(({ partition }) => this.breakers.at(partition).state),
    };
    const outcome = await this.idlest().ask(order, [packed.bytes]);
    batches.forEach(({ partition }, index) => {
      const state = outcome?.breakers[index];
      if (state !== undefined) this.breakers.keep(partition, Breaker.of(state));
    });
    for (const reason of outcome?.reasons ?? []) {
      countQuarantined({ topic: USAGE_TOPIC, reason });
    }
  }

  /** Ends after the groups under way. */
  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.end({ type: 'close' })));
  }

  /** In turn where several have as little to do. */
  private idlest(): Thread<RatingOrder, RatingOutcome | undefined> {
    this.turn = (this.turn + 1) % this.threads.length;
    const inTurn = [...this.threads.slice(this.turn), ...this.threads.slice(0, this.turn)];
    return inTurn.reduce((least, thread) => (thread.busy < least.busy ? thread : least));
  }
}
