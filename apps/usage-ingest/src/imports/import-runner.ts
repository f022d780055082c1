/**
 * Reads one file to its end: the same admission and the same log as the door for events.
 *
 * Invariant   what is counted is in the log; a crash between the two sends rows again, under their
 *             own ids, which is harmless. While the log or the database is away the file waits.
 * Rejections  those of the readers, for the file; those of the door, for a row
 * Source      design 3.1, R18; reliability F01, F08
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Malformed, Unavailable } from '@suanpan/event-sourcing';
import { decode } from '@suanpan/messages';
import type { UsageRecorded } from '@suanpan/messages';
import { HttpProblem } from '@suanpan/platform-http';
import { crashPoint } from '@suanpan/platform-observability';
import type { Admission } from '../events/admission.js';
import { ChunkDoor } from './chunk-door.js';
import type { RowError } from './error-lines.js';
import { RENEW_MS } from './import-limits.js';
import type { ImportRowRecord } from './import-record.js';
import { ImportStore, LeaseLost } from './import-store.js';
import type { Work } from './import-store.js';
import type { ImportRow } from './row.js';
import { columnAt } from './row-event.js';
import { rowChunks } from './rows.js';
import { Tally } from './tally.js';
import { Uploads } from './upload.js';

interface Run {
  readonly work: Work;
  readonly row: ImportRowRecord;
  readonly signal: AbortSignal;
  readonly tally: Tally;
}

const errorsOf = (admission: Admission, row: ImportRowRecord): readonly RowError[] =>
  admission.results
    .filter(({ status }) => status === 'refused')
    .map(({ index, code = 'REFUSED', path = '$', detail = '' }) => ({
      ...{ row: index, path, code, detail },
      column: row.format === 'ndjson' ? null : columnAt(path),
    }));

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof HttpProblem && error.code === code;

/** Soon again: a store does not answer, or the centre's rate is spent. */
const isPassing = (error: unknown): boolean =>
  error instanceof Unavailable || hasCode(error, 'RATE_LIMITED');

/** How a run ended. */
export type Ended = 'over' | 'interrupted' | 'postponed';

/** One file must not hold up the others for ever. */
const OUR_FAULT = { code: 'INTERNAL_ERROR', message: 'The service failed. Send the file again.' };

@Injectable()
export class ImportRunner {
  private readonly logger = new Logger(ImportRunner.name);

  constructor(
    @Inject(ImportStore) private readonly store: ImportStore,
    @Inject(Uploads) private readonly uploads: Uploads,
    @Inject(ChunkDoor) private readonly door: ChunkDoor,
  ) {}

  /** Reads on until the end, or until `signal` asks to stop. */
  async run(work: Work, row: ImportRowRecord, signal: AbortSignal): Promise<Ended> {
    const tally = new Tally(row.tally);
    try {
      const ended = await this.#read({ work, row, signal, tally });
      if (!ended) return 'interrupted';
      await this.store.end(work, { status: 'done' });
    } catch (error) {
      if (error instanceof Unavailable || error instanceof LeaseLost) throw error;
      // The centre has spent its day; tomorrow the file goes on.
      if (hasCode(error, 'QUOTA_EXCEEDED')) return 'postponed';
      const isTold = error instanceof Malformed || error instanceof HttpProblem;
      if (!isTold) this.logger.error(error);
      const { code, message: detail } = isTold ? error : OUR_FAULT;
      await this.store.end(work, { status: 'failed', code, detail });
    }
    await this.uploads.remove(work.importId);
    return 'over';
  }

  /** True when the file has ended; false when the process ends first. */
  async #read(run: Run): Promise<boolean> {
    const { row, work, signal } = run;
    const after = Number(row.acknowledged);
    const { format, gzip, separator } = row;
    const path = this.uploads.pathOf(work.importId);
    let rows = Number(row.row_count);
    for await (const chunk of rowChunks({ path, format, gzip, separator, after })) {
      if (signal.aborted) return false;
      if (!(await this.#takeWhole(run, chunk))) return false;
      rows += chunk.length;
    }
    if (rows === 0) throw new Malformed('EMPTY_FILE', 'The file has no row.');
    return true;
  }

  /** In parts, where the centre's day has not room for all of them. */
  async #takeWhole(run: Run, chunk: readonly ImportRow[]): Promise<boolean> {
    try {
      return await this.#patiently(run, () => this.#take(run, chunk));
    } catch (error) {
      if (chunk.length === 1 || !hasCode(error, 'QUOTA_EXCEEDED')) throw error;
    }
    const middle = Math.ceil(chunk.length / 2);
    const [first, second] = [chunk.slice(0, middle), chunk.slice(middle)];
    return (await this.#takeWhole(run, first)) && this.#takeWhole(run, second);
  }

  async #take({ work, row, tally }: Run, chunk: readonly ImportRow[]): Promise<void> {
    const admission = await this.door.take(row, chunk);
    if (!row.dry_run) crashPoint('import.before-progress');
    const next = new Tally(tally.toStored());
    for (const { value } of admission.records) {
      next.accept(decode(value).value as UsageRecorded);
    }
    for (const { refusal } of admission.refused) next.refuse(refusal.code);
    await this.store.advance(work, row.centre, {
      rows: chunk.length,
      accepted: admission.accepted,
      errors: errorsOf(admission, row),
      acknowledged: chunk.at(-1)?.number ?? 0,
      position: chunk.at(-1)?.position ?? 0,
      tally: next,
    });
    tally.become(next);
  }

  /** Tries until the stores answer; false when the process ends first. */
  async #patiently({ signal }: Run, attempt: () => Promise<void>): Promise<boolean> {
    for (;;) {
      try {
        await attempt();
        return true;
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
      await sleep(RENEW_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return false;
    }
  }
}
