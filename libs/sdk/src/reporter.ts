/**
 * Tells the program what happened; without a listener the process is warned, so that nothing is
 * silent.
 *
 * Invariant   a listener that throws breaks nothing here.
 */
import { SuanpanError } from './errors.js';
import type { MeterOptions, RefusedEvent } from './options.js';
import type { Retry } from './sender.js';

type Listeners = Pick<MeterOptions, 'onError' | 'onRefused' | 'onRetry'>;

export class Reporter {
  readonly #warned = new Set<string>();

  constructor(private readonly listeners: Listeners) {}

  refused(refused: RefusedEvent): void {
    const { onRefused } = this.listeners;
    if (onRefused !== undefined) return this.#tell(() => onRefused(refused));
    const { code, path, file } = refused;
    this.#warn(
      code,
      `Usage was refused: ${code} at ${path ?? 'the event'}. It is kept in ${file}.`,
    );
  }

  retry(retry: Retry): void {
    const { onRetry } = this.listeners;
    if (onRetry !== undefined) this.#tell(() => onRetry(retry));
  }

  /** Sending has stopped; `at` says what is kept and where. */
  stopped(error: SuanpanError, at: { readonly waiting: number; readonly folder: string }): void {
    const kept = `${at.waiting} events wait in ${at.folder} and are sent when this is put right.`;
    this.error(new SuanpanError(error.code, `${error.message} ${kept}`, { cause: error }));
  }

  damaged(lines: number, folder: string): void {
    const detail = `${lines} lines of the journal in ${folder} were damaged and stand in damaged.txt.`;
    this.error(new SuanpanError('JOURNAL_FAILED', detail));
  }

  error(error: unknown): void {
    const { onError } = this.listeners;
    const told = error instanceof Error ? error : new Error(String(error));
    if (onError !== undefined) return this.#tell(() => onError(told));
    this.#warn(told.message, told.message);
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#warn('listener', `A listener of the meter failed: ${String(error)}`);
    }
  }

  /** Once for each key: a warning for each event would hide the rest. */
  #warn(key: string, text: string): void {
    if (this.#warned.has(key) || this.#warned.size > 100) return;
    this.#warned.add(key);
    process.emitWarning(text, 'SuanpanWarning');
  }
}
