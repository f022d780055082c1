/**
 * One request with one event or a batch of them: read whole, judged, recorded, answered.
 *
 * Invariant   the answer has one result for each item, in order, and comes after the broker's
 *             acknowledgement of all of them.
 * Rejections  those of read-items, for the whole request; the domain's for each item
 * Source      design ruling R1; reliability rows B01–B19, B26
 */
import { Inject, Injectable } from '@nestjs/common';
import { Malformed } from '@suanpan/event-sourcing';
import { BodyReader, checkBody } from '@suanpan/platform-http';
import type { Request } from 'express';
import { SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';
import { Admission } from './admission.js';
import { HeldBytes } from './held-bytes.js';
import type { HeldShare } from './held-bytes.js';
import type { BodyForm, Items } from './read-items.js';
import { Recorder } from './recorder.js';
import { ownerOf } from './refused-records.js';
import type { SenderOf } from './senders.js';

/** How long the loop may judge before others get their turn, in milliseconds. */
const SLICE_MS = 20;

/** Parsed, a body is many times its size: bodies beyond this are judged one after the other. */
const LARGE_BYTES = 1_048_576;

const noop = (): void => undefined;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const judged = async (items: Items, from: SenderOf): Promise<Admission> => {
  const admission = new Admission(from);
  let sliceEnd = performance.now() + SLICE_MS;
  for (let index = 0; index < items.count; index += 1) {
    admission.take(items.at(index));
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  }
  return admission;
};

interface Held {
  readonly from: SenderOf;
  readonly share: HeldShare;
}

@Injectable()
export class BatchDoor {
  private large: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(Recorder) private readonly recorder: Recorder,
    @Inject(HeldBytes) private readonly held: HeldBytes,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {}

  /** The answer's body. */
  async answer(request: Request, form: BodyForm, from: SenderOf): Promise<string> {
    const { accepted, refused, results } = await this.admit(request, form, from);
    return JSON.stringify({ accepted, refused: refused.length, results });
  }

  /** What the request came to; the log has it. */
  async admit(request: Request, form: BodyForm, from: SenderOf): Promise<Admission> {
    const share = this.held.open(ownerOf(from.origin));
    try {
      await from.budget.precheck();
      const admission = await this.judge(request, form, { from, share });
      await this.recorder.record(admission, from.origin);
      return admission;
    } finally {
      share.close();
    }
  }

  /** By itself: the body is let go of before the wait for the broker begins. */
  private async judge(request: Request, form: BodyForm, held: Held): Promise<Admission> {
    const { from, share } = held;
    const body = await this.read(request, form.bytesMax, share);
    await checkBody(request, body);
    const hold = (bytes: number): void => share.grow(bytes);
    const size = form.sizeMax?.(body) ?? body.length;
    return this.inTurn(size, async () => judged(form.items(body, hold), from));
  }

  private async read(request: Request, bytes: number, share: HeldShare): Promise<Buffer> {
    const totalMs = this.settings.batchTotalMs;
    const reader = new BodyReader(request, { bytes, totalMs, silenceMs: totalMs });
    const pieces: Buffer[] = [];
    try {
      for (let piece = await reader.next(); piece !== null; piece = await reader.next()) {
        share.grow(piece.length);
        pieces.push(piece);
      }
    } catch (error) {
      reader.close();
      throw error;
    }
    if (pieces.length === 0) throw new Malformed('EMPTY_BODY', 'The body is empty.');
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  private inTurn<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (bytes <= LARGE_BYTES) return work();
    const turn = this.large.then(work);
    // Not what it came to: that would be kept until the next one.
    this.large = turn.then(noop, noop);
    return turn;
  }
}
