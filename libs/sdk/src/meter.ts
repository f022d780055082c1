/**
 * The meter: takes usage, keeps it on disk, and hands it to the service until that has it.
 *
 * Invariant   once `record()` has resolved, the event is sent for as long as it takes, by this
 *             process or by the next one that opens the journal, always under one id.
 * Rejections  those of ./errors
 * Source      docs/adr/0040-sdk-journal.md
 */
import { mkdir } from 'node:fs/promises';
import { CallWatch, unfinished } from './call-watch.js';
import type { OpenAiContext } from './call-watch.js';
import { SuanpanError } from './errors.js';
import { lockFolder } from './folder-lock.js';
import { Journal } from './journal.js';
import { flushWhenLeaving } from './leaving.js';
import { meterStream } from './metered-stream.js';
import type { MeteredStream, OpenCall } from './metered-stream.js';
import { requireKey, settingsOf } from './options.js';
import type { MeterOptions, Settings } from './options.js';
import { identityOf, Outbox } from './outbox.js';
import type { Entry } from './outbox.js';
import { post } from './post.js';
import { RefusedFile } from './refused-file.js';
import { Reporter } from './reporter.js';
import { Sender } from './sender.js';
import { writeEvent, writeVoid } from './usage-record.js';
import type { Identity, Outcome, UsageRecord, VoidRecord, WrittenEvent } from './usage-record.js';
import type { Refusal } from './verdict.js';

const DRAIN_MS = 1_000;
const FAR_MS = 60_000;

const closed = (): SuanpanError =>
  new SuanpanError('CLOSED', 'The meter is closed. Open it again to record more.');

/** Waits for `work`, and keeps the process alive while it waits. */
const awake = async <T>(work: Promise<T>): Promise<T> => {
  const timer = setInterval(() => undefined, FAR_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
};

interface Parts {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly reporter: Reporter;
  readonly unlock: () => Promise<void>;
}

export class Meter {
  readonly #settings: Settings;
  readonly #journal: Journal;
  readonly #reporter: Reporter;
  readonly #refusedFile: RefusedFile;
  readonly #unlock: () => Promise<void>;
  readonly #outbox: Outbox;
  readonly #sender: Sender;
  readonly #ending = new AbortController();
  readonly #calls = new Set<OpenCall>();
  readonly #recording = new Set<Promise<unknown>>();
  readonly #abandoned = new FinalizationRegistry<OpenCall>((call) => void call.end('cut'));
  readonly #stay: () => void;
  #apiKey: string;
  #ended: SuanpanError | undefined;
  #closing: Promise<{ readonly left: number }> | undefined;

  private constructor({ settings, journal, reporter, unlock }: Parts) {
    this.#settings = settings;
    this.#journal = journal;
    this.#reporter = reporter;
    this.#unlock = unlock;
    this.#apiKey = settings.apiKey;
    this.#refusedFile = new RefusedFile(settings.folder);
    this.#outbox = new Outbox(settings.buffer);
    this.#sender = this.#makeSender();
    this.#stay = flushWhenLeaving(() => this.close(), settings.signals);
  }

  /** Opens the journal and goes on with what an earlier process has left in it. */
  static async open(options: MeterOptions): Promise<Meter> {
    const settings = settingsOf(options);
    const reporter = new Reporter(options);
    await mkdir(settings.folder, { recursive: true, mode: 0o700 });
    let meter: Meter | undefined;
    const unlock = await lockFolder(settings.folder, settings.lockMs, () => meter?.lose());
    try {
      const journal = await Journal.open(settings.folder, settings.compactBytes);
      meter = new Meter({ settings, journal, reporter, unlock });
      meter.#adopt();
      return meter;
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  /** Events that are recorded and neither acknowledged nor refused. */
  get waiting(): number {
    return this.#outbox.size;
  }

  /** Where refused events are kept. */
  get refusedFile(): string {
    return this.#refusedFile.path;
  }

  /** Resolves when the event is on disk; waits while the buffer is full. */
  record(record: UsageRecord): Promise<Identity> {
    return this.#tracked(async () => {
      this.#requireOpen();
      return this.#keep(this.#write(record));
    });
  }

  /** Takes a call back: another event that names it. */
  voidCall(record: VoidRecord): Promise<Identity> {
    return this.#tracked(async () => {
      this.#requireOpen();
      const { source, defaults } = this.#settings;
      return this.#keep(writeVoid(record, { source, defaults }));
    });
  }

  /** Records the usage of a whole response. */
  openai(response: unknown, context: OpenAiContext = {}): Promise<Identity> {
    return this.#tracked(async () => {
      this.#requireOpen();
      const watch = new CallWatch(context);
      watch.see(response);
      return this.#keep(this.#writeCall(watch, context, 'complete'));
    });
  }

  /** The stream, chunk by chunk as it comes; its usage is recorded when it ends, however it ends. */
  openaiStream<T>(stream: AsyncIterable<T>, context: OpenAiContext = {}): MeteredStream<T> {
    this.#requireOpen();
    const call = this.#begin(context);
    const metered = meterStream(stream, call);
    this.#abandoned.register(metered, call);
    return metered;
  }

  /** Resolves when everything recorded before has been acknowledged or refused. */
  async flush(): Promise<void> {
    const settled = this.#settled();
    this.#sender.hurry(settled);
    await awake(settled);
  }

  /**
   * Ends running calls as cut, sends for at most `closeMs`, gives the journal back. What is left
   * waits in the journal for the next process.
   */
  close(): Promise<{ readonly left: number }> {
    this.#closing ??= awake(this.#close());
    return this.#closing;
  }

  /** Goes on with another key, after a stop or before the old one ends. */
  useKey(apiKey: string): void {
    this.#requireOpen();
    this.#apiKey = requireKey(apiKey);
    this.#sender.resume();
  }

  /** Another process has taken the journal, because this one did not answer for too long. */
  private lose(): void {
    const how = 'What was not sent is in the journal, and is sent by that process.';
    this.#ended = new SuanpanError('JOURNAL_LOCKED', `Another process took the journal. ${how}`);
    this.#journal.abandon(this.#ended);
    this.#sender.stop(this.#ended);
  }

  #makeSender(): Sender {
    const { batch, times, inFlightMax, url, timeoutMs } = this.#settings;
    return new Sender({
      ...{ batch, times, inFlightMax, outbox: this.#outbox },
      post: (texts) =>
        post(texts, { url, apiKey: this.#apiKey, timeoutMs, signal: this.#ending.signal }),
      onAccepted: (entries) => this.#done(entries),
      onRefused: (entry, refusal) => this.#refuse(entry, refusal),
      onRetry: (retry) => this.#reporter.retry(retry),
      onStop: (error) => {
        this.#outbox.refuseWaiting(error);
        this.#reporter.stopped(error, { waiting: this.#outbox.size, ...this.#settings });
      },
    });
  }

  #adopt(): void {
    const { live, damaged } = this.#journal;
    for (const [number, { text }] of live) {
      this.#outbox.adopt({ number, text, bytes: Buffer.byteLength(text), since: 0 });
    }
    if (damaged > 0) this.#reporter.damaged(damaged, this.#settings.folder);
    this.#sender.kick();
  }

  #requireOpen(): void {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#closing !== undefined) throw closed();
  }

  #tracked<T>(work: () => Promise<T>): Promise<T> {
    const running = awake(work());
    this.#recording.add(running);
    const forget = (): void => void this.#recording.delete(running);
    running.then(forget, forget);
    return running;
  }

  #write(record: UsageRecord): WrittenEvent {
    const { source, defaults } = this.#settings;
    return writeEvent(record, { source, defaults });
  }

  /** The call's event; an estimate that is none, or that throws, must not cost the event. */
  #writeCall(watch: CallWatch, context: OpenAiContext, outcome: Outcome): WrittenEvent {
    try {
      return this.#write(watch.record(outcome));
    } catch (error) {
      if (context.estimate === undefined) throw error;
      this.#reporter.error(error);
      return this.#write(watch.record(outcome, false));
    }
  }

  /** Writes the event down and hands it to the sender; `place` is where its call has begun. */
  async #keep(event: WrittenEvent, place?: Promise<number>): Promise<Identity> {
    const { text, bytes, source, id } = event;
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#sender.stopped !== undefined && this.#outbox.full) throw this.#sender.stopped;
    await this.#outbox.enter(bytes);
    try {
      const number = await this.#onDisk(text, place);
      this.#outbox.add({ number, text, bytes, since: performance.now() });
    } catch (error) {
      this.#outbox.leave(bytes);
      throw error;
    }
    this.#sender.kick();
    return { source, id };
  }

  async #onDisk(text: string, place: Promise<number> | undefined): Promise<number> {
    const begun = await place?.catch(() => undefined);
    if (begun === undefined) return this.#journal.add('event', text);
    await this.#journal.put(begun, { kind: 'event', text });
    return begun;
  }

  #begin(context: OpenAiContext): OpenCall {
    const skeleton = this.#write(unfinished(context));
    const { id, source } = skeleton;
    const { time } = JSON.parse(skeleton.text) as { readonly time: string };
    const place = this.#journal.add('open', skeleton.text);
    place.catch((error: unknown) => this.#reporter.error(error));
    const fixed = { ...context, id, source, time };
    const watch = new CallWatch(fixed);
    let tell: (identity: Promise<Identity>) => void = () => undefined;
    const recorded = new Promise<Identity>((resolve) => (tell = resolve));
    recorded.catch((error: unknown) => this.#reporter.error(error));
    let ended: Promise<unknown> | undefined;
    const end = async (outcome: Outcome): Promise<void> => {
      ended ??= this.#tracked(() => {
        this.#calls.delete(call);
        const kept = this.#keepCall(() => this.#writeCall(watch, fixed, outcome), place);
        tell(kept);
        return kept;
      });
      await ended.catch(() => undefined);
    };
    const { signal, drainMs = DRAIN_MS } = context;
    const call: OpenCall = { watch, recorded, end, signal, drainMs };
    this.#calls.add(call);
    return call;
  }

  async #keepCall(write: () => WrittenEvent, place: Promise<number>): Promise<Identity> {
    return this.#keep(write(), place);
  }

  #done(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    this.#journal.done(entries.map(({ number }) => number));
    this.#outbox.done(entries);
  }

  async #refuse(entry: Entry, refusal: Refusal): Promise<void> {
    await this.#refusedFile.add(entry.text, refusal);
    this.#done([entry]);
    const event: unknown = JSON.parse(entry.text);
    const file = this.#refusedFile.path;
    this.#reporter.refused({ ...identityOf(entry.text), ...refusal, event, file });
  }

  async #settled(): Promise<void> {
    await Promise.allSettled([...this.#recording]);
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#sender.stopped !== undefined && this.#outbox.size > 0) throw this.#sender.stopped;
    await this.#outbox.settled();
  }

  async #close(): Promise<{ readonly left: number }> {
    this.#stay();
    const all = Promise.all([...this.#calls].map((call) => call.end('cut')));
    await this.#withinCloseTime(all.then(() => this.flush()));
    this.#ended ??= closed();
    this.#sender.stopped = this.#ended;
    this.#outbox.refuseWaiting(this.#ended);
    this.#ending.abort();
    const left = this.#outbox.size;
    await Promise.allSettled([...this.#recording]);
    await this.#journal.close();
    await this.#unlock().catch(() => undefined);
    return { left };
  }

  async #withinCloseTime(work: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const time = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#settings.closeMs);
    });
    // A stop is known already; what could not be sent is counted in `left`.
    await Promise.race([work.catch(() => undefined), time]);
    clearTimeout(timer);
  }
}

/** Opens a meter. */
export const openMeter = (options: MeterOptions): Promise<Meter> => Meter.open(options);
