import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

import type { WireEvent } from './events.js';

/**
 * The sender's own book: what was about to be sent, and what the door answered, each line on disk (fsync)
 * before the next step. `suanpan verify` holds it against the log.
 *
 * Shape       NDJSON. `play` once, then for each attempt `intent` before it and `outcome` after it. An intent
 *             without outcome is "unknown": the events may be in the log once more.
 * Invariant   a line that was cut by a crash is dropped when the book is opened again.
 * Source      reliability.md 8 (vocabulary) and 9.4
 */
export interface PlayLine {
  readonly type: 'play';
  readonly tenant: string;
  readonly seed: string;
  readonly events: number;
  /** Which Kafka cluster it was played to: another cluster needs another book. */
  readonly cluster: string;
}

export interface IntentLine {
  readonly type: 'intent';
  readonly batch: string;
  readonly attempt: number;
  readonly at: string;
  readonly centre: string;
  /** Null: the same as in the attempt before; a door that is down for long must not fill the disk. */
  readonly events: readonly WireEvent[] | null;
}

export type ItemOutcome = 'accepted' | 'retry' | string;

export interface OutcomeLine {
  readonly type: 'outcome';
  readonly batch: string;
  readonly attempt: number;
  readonly at: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Per event 'accepted', 'retry' or the code of the refusal; empty when there was no answer. */
  readonly results: readonly ItemOutcome[];
}

export type JournalLine = PlayLine | IntentLine | OutcomeLine;

export const JOURNAL_FILE = 'play.ndjson';

/** The whole lines of a journal; a last line without its end is not one. */
export const readJournal = (folder: string): readonly JournalLine[] => {
  const file = join(folder, JOURNAL_FILE);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalLine);
};

export interface Journal {
  /** What it held when it was opened. */
  readonly lines: readonly JournalLine[];
  /** All that it holds now. */
  read(): readonly JournalLine[];
  write(line: JournalLine): void;
  close(): void;
}

/** Opens the book of this play, or starts one; a book of another cluster is set aside under its name. */
export const openJournal = (folder: string, play: PlayLine): Journal => {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, JOURNAL_FILE);
  const [header] = readJournal(folder);
  if (header !== undefined && header.type !== 'play') throw new Error(`${file} has no first line.`);
  if (header !== undefined && header.cluster !== play.cluster) {
    renameSync(file, join(folder, `play-${header.cluster.replaceAll(/[^\w-]/g, '_')}.ndjson`));
  } else if (header !== undefined && JSON.stringify(header) !== JSON.stringify(play)) {
    throw new Error(
      `This stack already holds a play of ${header.events} events (seed ${header.seed}). ` +
        `Play the same again, or empty the stack first: npm run stack -- reset`,
    );
  }
  const lines = readJournal(folder);
  const handle = openSync(file, 'a+');
  // A line that a crash cut off would spoil the next one.
  ftruncateSync(
    handle,
    lines.reduce((sum, line) => sum + sizeOf(line), 0),
  );
  const journal: Journal = {
    lines,
    read: () => readJournal(folder),
    write: (line) => {
      writeSync(handle, `${JSON.stringify(line)}\n`);
      fsyncSync(handle);
    },
    close: () => closeSync(handle),
  };
  if (lines.length === 0) journal.write(play);
  return journal;
};

const sizeOf = (line: JournalLine): number => Buffer.byteLength(`${JSON.stringify(line)}\n`);
