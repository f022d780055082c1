/**
 * Judges refused events again under the rules and the directory of now: one, many or all that fit.
 *
 * Shape       in portions that memory holds; each is recorded and marked before the next is read, so
 *             that a request that fails half-way has done its first half.
 * Invariant   an event takes the way of every event: the same admission, identity and log.
 * Rejections  per record those of admission; unreadable: RAW_NOT_KEPT, KEY_DESTROYED, DOOR_UNKNOWN
 * Source      issue 4 part 5; reliability.md D08; docs/adr/0050-refused-events-again.md
 */
import { Inject, Injectable } from '@nestjs/common';
import { encodeCursor } from '@suanpan/platform-http';
import { HeldBytes } from '../events/held-bytes.js';
import { REDRIVEN_BYTES_MAX } from '../events/limits.js';
import type { Asked } from './asked.js';
import { JudgeAgain } from './judge-again.js';
import type { Run, Unreadable } from './judge-again.js';
import type { Outcome } from './outcome.js';
import { REDRIVEN_MAX } from './refused-query.js';
import type { RedriveOrder } from './refused-query.js';
import { keyOf, placeText } from './refused-row.js';
import { RefusedStore } from './refused-store.js';
import type { Candidate } from './refused-store.js';

export interface Redriven {
  /** Partition and offset in `usage.refused`. */
  readonly id: string;
  readonly status: 'redriven' | 'refused' | 'unreadable';
  readonly code: string | null;
  readonly path: string | null;
  readonly detail: string | null;
}

export interface RedriveAnswer {
  readonly results: readonly Redriven[];
  /** Where to go on from; null: nothing is left that fits. */
  readonly nextCursor: string | null;
}

const PORTION_ROWS_MAX = 200;

/** Candidates in portions of so many rows and bytes. */
const portionsOf = (candidates: readonly Candidate[]): readonly (readonly Candidate[])[] => {
  const portions: Candidate[][] = [];
  let bytes = 0;
  for (const candidate of candidates) {
    bytes += candidate.bytes;
    const last = portions.at(-1);
    if (last === undefined || bytes > REDRIVEN_BYTES_MAX || last.length >= PORTION_ROWS_MAX) {
      portions.push([candidate]);
      bytes = candidate.bytes;
    } else last.push(candidate);
  }
  return portions;
};

const toResult = ({ place, refusal }: Outcome): Redriven => ({
  id: placeText(place),
  status: refusal === null ? 'redriven' : 'refused',
  code: refusal?.code ?? null,
  path: refusal?.path ?? null,
  detail: refusal?.detail ?? null,
});

const toUnreadable = ({ place, unreadable: code }: Unreadable): Redriven => ({
  ...{ id: placeText(place), status: 'unreadable', code },
  ...{ path: null, detail: 'Only a repair with an event of your own is possible.' },
});

@Injectable()
export class Redrive {
  constructor(
    @Inject(RefusedStore) private readonly store: RefusedStore,
    @Inject(JudgeAgain) private readonly judging: JudgeAgain,
    @Inject(HeldBytes) private readonly held: HeldBytes,
  ) {}

  async run(asked: Asked, order: RedriveOrder): Promise<RedriveAnswer> {
    const candidates = await this.store.candidates(asked, order, REDRIVEN_MAX + 1);
    const driven = candidates.slice(0, REDRIVEN_MAX);
    const results: Redriven[] = [];
    const run: Run = { asked, rules: new Map() };
    for (const portion of portionsOf(driven)) results.push(...(await this.portion(run, portion)));
    const last = driven.at(-1);
    const more = candidates.length > driven.length && last !== undefined;
    return { results, nextCursor: more ? encodeCursor(keyOf(last)) : null };
  }

  private async portion(run: Run, portion: readonly Candidate[]): Promise<readonly Redriven[]> {
    const share = this.held.open();
    try {
      share.grow(portion.reduce((sum, { bytes }) => sum + bytes, 0));
      const results: Redriven[] = [];
      const outcomes: Outcome[] = [];
      for (const opened of await this.store.openRows(run.asked, portion)) {
        const outcome = await this.judging.judge(run, opened);
        if ('unreadable' in outcome) results.push(toUnreadable(outcome));
        else outcomes.push(outcome);
      }
      const settled = await this.store.settle(run.asked, { outcomes, as: 'redriven' });
      return [...results, ...settled.map(toResult)];
    } finally {
      share.close();
    }
  }
}
