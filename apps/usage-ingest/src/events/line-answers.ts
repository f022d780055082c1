/**
 * Streams the answers to a stream of lines, and cuts a client that does not read them.
 *
 * Shape       one JSON line for each line that was not accepted, then the summary.
 * Invariant   at most one answer waits here; after 30 s without room the connection ends, and the
 *             client's own last `retryFrom` is still safe, since sending again is harmless.
 * Source      design ruling R19
 */
import { ClientGone } from '@suanpan/platform-http';
import type { ServerResponse } from 'node:http';

export interface LineAnswer {
  readonly line: number;
  readonly id: string | null;
  readonly status: 'refused' | 'retry';
  readonly code: string;
  readonly path?: string;
  readonly detail?: string;
}

export interface StreamSummary {
  readonly accepted: number;
  readonly refused: number;
  /** The last line that has an answer. */
  readonly lastLine: number;
  /** Send again from this line on; null when every line has its answer. */
  readonly retryFrom: number | null;
  /** Why the stream was ended before its end. */
  readonly code?: string;
  readonly detail?: string;
}

export class LineAnswers {
  constructor(
    private readonly response: ServerResponse,
    private readonly patienceMs: number,
  ) {}

  /** True once the status can no longer be changed. */
  get begun(): boolean {
    return this.response.headersSent;
  }

  async write(answers: readonly LineAnswer[]): Promise<void> {
    if (answers.length === 0) return;
    await this.#send(answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
  }

  end(summary: StreamSummary): void {
    this.#begin();
    this.response.end(`${JSON.stringify(summary)}\n`);
  }

  #begin(): void {
    if (this.begun) return;
    // A stream is a connection of its own: it may end before the request does.
    this.response.writeHead(202, {
      'Content-Type': 'application/x-ndjson; charset=utf-8',
      Connection: 'close',
    });
  }

  async #send(text: string): Promise<void> {
    this.#begin();
    if (this.response.destroyed) throw new ClientGone('The client went away.');
    if (this.response.write(text)) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.response.off('drain', drained).off('close', gone);
        act();
      };
      const drained = (): void => settle(resolve);
      const gone = (): void => settle(() => reject(new ClientGone('The client went away.')));
      const timer = setTimeout(() => {
        settle(() => reject(new ClientGone('The client does not read its answers.')));
      }, this.patienceMs);
      this.response.on('drain', drained).on('close', gone);
    });
  }
}
