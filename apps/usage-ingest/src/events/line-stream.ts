/**
 * One stream of lines: what is on its way to the broker, what the client is told and when.
 *
 * Shape       lines are gathered into chunks of at most 1,000 lines or 1 MiB; up to four chunks are
 *             on their way to the broker while the next is read.
 * Invariant   memory is bounded whatever the length; a line is counted as accepted only after the
 *             broker's acknowledgement; sending again from `retryFrom` loses nothing.
 * Rejections  those of a batch, for each line; for the whole stream only while nothing was answered
 * Source      design ruling R19; reliability rows B13, B26
 */
import { Malformed, Unavailable } from '@suanpan/event-sourcing';
import { HttpProblem, toHttpProblem } from '@suanpan/platform-http';
import type { BodyReader } from '@suanpan/platform-http';
import type { Admission, EventResult } from './admission.js';
import type { HeldShare } from './held-bytes.js';
import {
  CHUNK_BYTES_MAX,
  CHUNK_LINES_MAX,
  CHUNKS_IN_FLIGHT_MAX,
  EVENT_BYTES_MAX,
} from './limits.js';
import type { LineAnswer, LineAnswers, StreamSummary } from './line-answers.js';
import { LineSplitter } from './line-splitter.js';
import type { Line } from './line-splitter.js';

/** Lines that were judged and are on their way to the broker; their bytes are let go of. */
export interface Chunk {
  /** The number of its first line, and of its last. */
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly admission: Admission;
  /** Null when the broker has it, else why not. */
  readonly outcome: Promise<unknown>;
}

const toAnswer = ({ index, id, code, path, detail }: EventResult): LineAnswer => ({
  line: index,
  id,
  status: 'refused',
  code: code ?? 'REFUSED',
  ...(path !== undefined && { path }),
  ...(detail !== undefined && { detail }),
});

const toRetry = ({ index, id }: EventResult, code: string): LineAnswer => ({
  line: index,
  id,
  status: 'retry',
  code,
});

/** Errors that the client is told of, with the line to go on from. */
const isTold = (error: unknown): boolean =>
  error instanceof HttpProblem || error instanceof Unavailable;

export interface StreamParts {
  readonly answers: LineAnswers;
  readonly share: HeldShare;
  readonly submit: (lines: readonly Line[]) => Promise<Chunk>;
  /** The most lines of one chunk. */
  readonly linesMax?: number;
}

export class LineStream {
  readonly #splitter = new LineSplitter(EVENT_BYTES_MAX);
  readonly #inFlight: Chunk[] = [];
  #lines: Line[] = [];
  #bytes = 0;
  #held = 0;
  #accepted = 0;
  #refused = 0;
  #lastLine = 0;
  #retryFrom: number | null = null;
  #cause: unknown;
  #retries: LineAnswer[] = [];

  private readonly answers: LineAnswers;
  private readonly share: HeldShare;

  constructor(private readonly parts: StreamParts) {
    this.answers = parts.answers;
    this.share = parts.share;
  }

  async run(reader: BodyReader): Promise<void> {
    try {
      await this.#read(reader);
    } catch (error) {
      reader.close();
      await this.#break(error);
    }
    await this.#settle(0);
    const untouched = this.#lastLine === 0 && !this.answers.begun;
    // While nothing was answered, the whole request can still be refused.
    if (untouched) throw this.#cause ?? new Malformed('EMPTY_BATCH', 'The stream has no line.');
    await this.answers.write(this.#retries);
    this.answers.end({
      accepted: this.#accepted,
      refused: this.#refused,
      lastLine: this.#lastLine,
      retryFrom: this.#retryFrom,
      ...this.#fault(),
    });
  }

  async #read(reader: BodyReader): Promise<void> {
    for (let next = this.#ask(reader); ;) {
      if (await this.#answersFirst(next)) {
        if (this.#cause !== undefined) return reader.close();
        await this.#flushIdle();
        continue;
      }
      const piece = await next;
      if (piece === null) break;
      this.#take(this.#splitter.push(piece));
      const full = this.#lines.length >= CHUNK_LINES_MAX || this.#bytes >= CHUNK_BYTES_MAX;
      if (full) await this.#flush();
      else if (!reader.hasMore) await this.#flushIdle();
      next = this.#ask(reader);
    }
    this.#take(this.#splitter.end());
    await this.#flush();
  }

  #ask(reader: BodyReader): Promise<Buffer | null> {
    const next = reader.next();
    // It may fail after nobody waits for it any more.
    next.catch(() => undefined);
    return next;
  }

  /** Answers a chunk that the broker has before the next piece of the body comes. */
  async #answersFirst(next: Promise<unknown>): Promise<boolean> {
    const chunk = this.#inFlight[0];
    if (chunk === undefined) return false;
    const first = await Promise.race([chunk.outcome.then(() => true), next.then(() => false)]);
    if (first) await this.#settle(this.#inFlight.length - 1);
    return first;
  }

  #take(lines: readonly Line[]): void {
    for (const line of lines) {
      this.#lines.push(line);
      this.#bytes += line.bytes?.length ?? 0;
    }
    this.#hold();
  }

  /** Tells the shared account what this stream keeps: unfinished, gathered and unanswered lines. */
  #hold(): void {
    const inFlight = this.#inFlight.reduce((sum, chunk) => sum + chunk.bytes, 0);
    const now = this.#splitter.held + this.#bytes + inFlight;
    this.share.grow(now - this.#held);
    this.#held = now;
  }

  /** A small chunk goes when none is on its way; else it grows meanwhile, which costs no time. */
  async #flushIdle(): Promise<void> {
    if (this.#inFlight.length === 0) await this.#flush();
  }

  async #flush(): Promise<void> {
    await this.#submitAll();
    await this.#settle(CHUNKS_IN_FLIGHT_MAX - 1);
  }

  /** By itself: the lines are let go of before the wait for the broker begins. */
  async #submitAll(): Promise<void> {
    const lines = this.#lines;
    const { linesMax = CHUNK_LINES_MAX } = this.parts;
    this.#lines = [];
    this.#bytes = 0;
    for (let from = 0; from < lines.length; from += linesMax) {
      await this.#submit(lines.slice(from, from + linesMax));
    }
  }

  async #submit(lines: readonly Line[]): Promise<void> {
    await this.#settle(CHUNKS_IN_FLIGHT_MAX - 1);
    try {
      this.#inFlight.push(await this.parts.submit(lines));
    } catch (error) {
      // Not taken, so to be sent again from here.
      if (isTold(error)) this.#stop(error, lines[0]?.number ?? 1);
      throw error;
    }
  }

  /** Waits until at most `left` chunks are on their way, and answers the others in order. */
  async #settle(left: number): Promise<void> {
    while (this.#inFlight.length > left) {
      const chunk = this.#inFlight[0];
      if (chunk === undefined) return;
      const failure = await chunk.outcome;
      this.#inFlight.shift();
      this.#hold();
      if (failure === null) await this.#count(chunk);
      else this.#fail(chunk, failure);
    }
  }

  async #count({ admission, last }: Chunk): Promise<void> {
    this.#accepted += admission.accepted;
    this.#refused += admission.refused.length;
    this.#lastLine = last;
    const refused = admission.results.filter(({ status }) => status === 'refused');
    await this.answers.write(refused.map(toAnswer));
  }

  #fail({ admission, first }: Chunk, failure: unknown): void {
    if (!(failure instanceof Unavailable)) throw failure;
    this.#stop(failure, first);
    for (const result of admission.results) this.#retries.push(toRetry(result, failure.code));
  }

  #stop(cause: unknown, retryFrom: number): void {
    this.#retryFrom = Math.min(this.#retryFrom ?? retryFrom, retryFrom);
    this.#cause ??= cause;
  }

  #fault(): Pick<StreamSummary, 'code' | 'detail'> {
    if (this.#cause === undefined) return {};
    const { code, message } = toHttpProblem(this.#cause);
    return { code, detail: message };
  }

  /** The stream broke: whole lines are still recorded, then the client learns where to go on. */
  async #break(error: unknown): Promise<void> {
    if (!isTold(error)) {
      await Promise.all(this.#inFlight.map((chunk) => chunk.outcome));
      throw error;
    }
    if (this.#cause === undefined) await this.#flushLast();
    await this.#settle(0);
    this.#stop(error, this.#splitter.number);
  }

  /** What cannot be taken any more is told in `retryFrom`, not thrown. */
  async #flushLast(): Promise<void> {
    try {
      await this.#flush();
    } catch (error) {
      if (this.#cause === undefined) throw error;
    }
  }
}
