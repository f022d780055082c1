/**
 * Takes what centres have written into their own topics through the same rules as the HTTP door.
 *
 * Shape       a batch in portions of at most 1,000 records or 1 MiB; for each portion the results go
 *             to the log, and then, after the broker's acknowledgement, the offset moves.
 * Invariant   killed in between, a portion is recorded again, which is harmless; none is ever lost.
 *             A centre that may not send, or has spent its budget, waits: its records stay where
 *             they are.
 * Rejections  per record, those of ./read-record and of libs/usage; Unavailable, which is retried
 * Source      ruling R18; reliability rows B60–B67, F10
 */
import { Inject, Injectable } from '@nestjs/common';
import { Unavailable } from '@suanpan/event-sourcing';
import { HttpProblem } from '@suanpan/platform-http';
import type { LogBatch, LoggedRecord } from '@suanpan/platform-kafka';
import { advanceOffset } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { admitEvent } from '@suanpan/usage';
import { Admission } from '../events/admission.js';
import { CHUNK_BYTES_MAX, CHUNK_LINES_MAX } from '../events/limits.js';
import { Recorder } from '../events/recorder.js';
import { DATABASE } from '../tokens.js';
import { readRecord, SUBMITTED_DOOR } from './read-record.js';
import { SubmittedRules } from './submitted-rules.js';
import { userOf } from './topic-registry.js';
import type { Registration } from './topic-registry.js';

/** Longer waits are the transport's, which tells the watchdog that it waits. */
const PATIENCE_MS = 5_000;

export interface Submitted {
  /** As it stands now; undefined once the topic is no longer read. */
  readonly registration: () => Registration | undefined;
  readonly batches: readonly LogBatch[];
}

const unavailable = (error: unknown): unknown =>
  error instanceof HttpProblem ? new Unavailable(error.code, error.message) : error;

const sizeOf = ({ value }: LoggedRecord): number => value?.length ?? 0;

/** The first records that make a portion. */
const portionOf = (records: readonly LoggedRecord[], recordsMax: number): LoggedRecord[] => {
  const portion: LoggedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    bytes += sizeOf(record);
    const full = portion.length >= recordsMax || bytes > CHUNK_BYTES_MAX;
    if (full && portion.length > 0) break;
    portion.push(record);
  }
  return portion;
};

@Injectable()
export class SubmittedDoor {
  /** How far a batch is stored: when a later portion fails, the whole batch comes again. */
  private readonly stored = new WeakMap<LogBatch, bigint>();

  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(Recorder) private readonly recorder: Recorder,
    @Inject(SubmittedRules) private readonly rules: SubmittedRules,
  ) {}

  async take({ registration, batches }: Submitted): Promise<void> {
    for (const batch of batches) await this.takeBatch(batch, registration);
  }

  private async takeBatch(batch: LogBatch, registration: Submitted['registration']): Promise<void> {
    for (;;) {
      const from = this.stored.get(batch) ?? batch.firstOffset;
      const left = batch.messages.filter(({ offset }) => offset >= from);
      if (left.length === 0) return;
      const current = registration();
      if (current === undefined) throw new Unavailable('TOPIC_CLOSED', 'It is read no more.');
      const to = await this.takePortion(batch, left, current);
      await this.db.transaction((tx) => advanceOffset(tx, batch.claim, from, to));
      this.stored.set(batch, to);
    }
  }

  /** Records the first portion; gives the offset behind it. */
  private async takePortion(
    { partition }: LogBatch,
    left: readonly LoggedRecord[],
    registration: Registration,
  ): Promise<bigint> {
    try {
      const { budget, sender } = await this.rules.of(registration);
      const portion = portionOf(left, await budget.portion(CHUNK_LINES_MAX));
      const bytes = portion.reduce((sum, record) => sum + sizeOf(record), 0);
      const cost = { events: portion.length, bytes };
      await budget.pace(cost, PATIENCE_MS);
      const credential = userOf(registration);
      const last = portion.at(-1)?.offset ?? 0n;
      const requestId = `kafka/${partition}/${portion[0]?.offset}-${last}`;
      const { tenant, centre } = registration;
      const origin = { tenant, centre, credential, requestId, door: SUBMITTED_DOOR };
      const admission = new Admission({ sender, judge: admitEvent, origin });
      for (const [index, record] of portion.entries()) admission.take(readRecord(record, index));
      await this.recorder.record(admission, origin).catch(async (error: unknown) => {
        await budget.giveBack(cost);
        throw error;
      });
      return last + 1n;
    } catch (error) {
      throw unavailable(error);
    }
  }
}
