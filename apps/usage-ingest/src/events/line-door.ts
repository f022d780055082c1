/**
 * The door for a stream of usage events, one a line, for as long as it lasts.
 *
 * Owns        reading, judging and recording chunks. What the client is told is ./line-stream.
 * Source      design ruling R19
 */
import { Inject, Injectable } from '@nestjs/common';
import { BodyReader } from '@suanpan/platform-http';
import type { Request, Response } from 'express';
import { SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';
import { Admission } from './admission.js';
import { HeldBytes } from './held-bytes.js';
import { CHUNK_LINES_MAX } from './limits.js';
import { LineAnswers } from './line-answers.js';
import type { Line } from './line-splitter.js';
import { LineStream } from './line-stream.js';
import type { Chunk } from './line-stream.js';
import { readLine } from './read-line.js';
import { Recorder } from './recorder.js';
import { ownerOf } from './refused-records.js';
import type { SenderOf } from './senders.js';

/** The longest that a timer takes: a stream has no limit on the whole. */
const STREAM_TOTAL_MS = 2_147_483_647;

@Injectable()
export class LineDoor {
  constructor(
    @Inject(Recorder) private readonly recorder: Recorder,
    @Inject(HeldBytes) private readonly held: HeldBytes,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {}

  async answer(request: Request, response: Response, from: SenderOf): Promise<void> {
    const silenceMs = this.settings.streamSilenceMs;
    const limits = { bytes: Number.POSITIVE_INFINITY, totalMs: STREAM_TOTAL_MS, silenceMs };
    const share = this.held.open(ownerOf(from.origin));
    try {
      const reader = new BodyReader(request, limits);
      const answers = new LineAnswers(response, silenceMs);
      const linesMax = await from.budget.portion(CHUNK_LINES_MAX);
      const submit = (lines: readonly Line[]): Promise<Chunk> => this.submit(lines, from);
      const stream = new LineStream({ answers, share, submit, linesMax });
      await stream.run(reader);
    } finally {
      share.close();
    }
  }

  /** Slow where the centre has spent its budget: what is not read waits with the client. */
  private async submit(lines: readonly Line[], from: SenderOf): Promise<Chunk> {
    const bytes = lines.reduce((sum, line) => sum + (line.bytes?.length ?? 0), 0);
    const cost = { events: lines.length, bytes };
    await from.budget.pace(cost, this.settings.streamSilenceMs);
    await from.check();
    const admission = new Admission(from);
    for (const line of lines) admission.take(readLine(line));
    const origin = { ...from.origin, budget: undefined };
    const outcome = this.recorder.record(admission, origin).then(
      () => null,
      async (error: unknown) => {
        await from.budget.giveBack(cost);
        return error;
      },
    );
    const [first, last] = [lines[0]?.number ?? 1, lines.at(-1)?.number ?? 1];
    return { first, last, bytes, admission, outcome };
  }
}
