/**
 * Asks a store again and again whether it answers, and says so in the health.
 *
 * Units       milliseconds
 * Invariant   one question at a time; a question that stays without an answer is "not ready", never
 *             "as before". What went wrong is a line in the log, not on the health page.
 * Source      docs/architecture.md 2 (`/health/ready`); reliability I29
 */
import type { Health } from './health.js';
import type { Logger } from './logger.js';

export interface ProbeOptions {
  readonly health: Health;
  readonly logger: Logger;
  /** The part of the health that it speaks for. */
  readonly part: string;
  /** Fails, or does not end, while the store is away. */
  readonly ask: () => Promise<unknown>;
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;

export class Probe {
  private readonly everyMs: number;
  private timer: NodeJS.Timeout | undefined;
  private asking = false;
  private ready = true;

  constructor(private readonly options: ProbeOptions) {
    this.everyMs = options.everyMs ?? EVERY_MS;
  }

  /** Asks at once, then every few seconds until `stop`; resolves after the first answer. */
  async start(): Promise<void> {
    this.timer ??= setInterval(() => void this.look(), this.everyMs).unref();
    await this.look();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async look(): Promise<void> {
    if (this.asking) {
      this.say(false, new Error(`No answer in ${this.everyMs} ms.`));
      return;
    }
    this.asking = true;
    try {
      await this.options.ask();
      this.say(true);
    } catch (error) {
      this.say(false, error);
    } finally {
      this.asking = false;
    }
  }

  private say(ready: boolean, error?: unknown): void {
    // A store that is closed at shutdown does not answer either.
    if (this.timer === undefined) return;
    const { health, logger, part } = this.options;
    health.report(part, ready, ready ? undefined : 'does not answer');
    if (ready !== this.ready) {
      if (ready) logger.info({ part }, 'It answers again.');
      else logger.warn({ part, err: error }, 'It does not answer.');
    }
    this.ready = ready;
  }
}
