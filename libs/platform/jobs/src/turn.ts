/**
 * One duty in one process: never twice at a time, never forgotten.
 *
 * Invariant   a failing run is logged and comes again with the next wake-up or the reconciler; it
 *             never ends the process.
 */
import type { Logger } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import type { Duty } from './wake-ups.js';

export interface TurnOptions {
  readonly name: string;
  readonly duty: Duty;
  readonly db: Database;
  readonly logger: Logger;
}

export class Turn {
  private readonly timer: NodeJS.Timeout;
  private running: Promise<void> | undefined;
  private next: { id: string | null } | undefined;
  private closed = false;

  constructor(private readonly options: TurnOptions) {
    this.timer = setInterval(() => void this.take(null), options.duty.everyMs);
    void this.take(null);
  }

  /** Runs the duty, after the run under way if there is one. */
  take(id: string | null): Promise<void> {
    if (this.closed) return Promise.resolve();
    this.next = { id };
    this.running ??= this.drain().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.running;
  }

  private async drain(): Promise<void> {
    while (this.next !== undefined && !this.closed) {
      const { id } = this.next;
      this.next = undefined;
      await this.runOnce(id);
    }
  }

  private async runOnce(id: string | null): Promise<void> {
    const { name, duty, db, logger } = this.options;
    try {
      // What is due is in the database; while it is away there is nothing to begin.
      await db.transaction((tx) => tx.query('select 1'));
      await duty.run(id);
    } catch (error) {
      logger.error({ err: error, duty: name, id }, 'A duty failed; it comes again.');
    }
  }
}
