/**
 * The events that the service refused, with the reason, for a person to look at.
 *
 * Shape       `refused.ndjson`: one line an event, `{refusedAt, code, path, detail, event}`.
 * Invariant   a line is on disk before its event leaves the journal; a crash between the two writes
 *             it twice, never not at all.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Refusal } from './verdict.js';

const OWNER_ONLY = 0o600;

export class RefusedFile {
  readonly path: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.path = join(folder, 'refused.ndjson');
  }

  /** Resolves when the line is on disk. */
  add(text: string, refusal: Refusal): Promise<void> {
    const { code, path, detail } = refusal;
    const head = JSON.stringify({ refusedAt: new Date().toISOString(), code, path, detail });
    const written = this.#last.then(() => this.#append(`${head.slice(0, -1)},"event":${text}}\n`));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #append(line: string): Promise<void> {
    const handle = await open(this.path, 'a', OWNER_ONLY);
    try {
      await handle.appendFile(line);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }
}
