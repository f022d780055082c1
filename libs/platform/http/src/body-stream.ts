/**
 * Reads a request's body as it comes: inflated, bounded, and never slower than the limits allow.
 *
 * Units       bytes, milliseconds
 * Invariant   at most one chunk is held here; a limit is met before the bytes beyond it are kept.
 * Rejections  UNSUPPORTED_ENCODING 415, MALFORMED_ENCODING 400, PAYLOAD_TOO_LARGE 413,
 *             REQUEST_TIMEOUT 408
 * Source      reliability rows B09–B13, S39
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { BrotliDecompress, Gunzip, Inflate } from 'node:zlib';
import { HttpProblem } from './problem.js';

export interface BodyLimits {
  /** Of the inflated body; also bounds what is read from the wire. */
  readonly bytes: number;
  /** For the whole body. */
  readonly totalMs: number;
  /** Between two pieces of it. */
  readonly silenceMs: number;
}

/** The client went away; there is nobody left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

const INFLATED_CHUNK_BYTES = 65_536;

type Inflater = BrotliDecompress | Gunzip | Inflate;

const INFLATERS: Readonly<Record<string, () => Inflater>> = {
  gzip: () => createGunzip({ chunkSize: INFLATED_CHUNK_BYTES }),
  'x-gzip': () => createGunzip({ chunkSize: INFLATED_CHUNK_BYTES }),
  deflate: () => createInflate({ chunkSize: INFLATED_CHUNK_BYTES }),
  br: () => createBrotliDecompress({ chunkSize: INFLATED_CHUNK_BYTES }),
};

const timedOut = (ms: number): HttpProblem =>
  new HttpProblem(408, 'REQUEST_TIMEOUT', `The body did not arrive within ${Math.round(ms)} ms.`);

const malformedEncoding = (reason: string): HttpProblem =>
  new HttpProblem(400, 'MALFORMED_ENCODING', `The body cannot be inflated: ${reason}.`);

const unsupportedEncoding = (encoding: string): HttpProblem =>
  new HttpProblem(415, 'UNSUPPORTED_ENCODING', {
    detail: `Content-Encoding ${encoding} is not read here.`,
    headers: { 'Accept-Encoding': 'gzip, deflate, br' },
  });

export const tooLarge = (bytes: number): HttpProblem =>
  new HttpProblem(413, 'PAYLOAD_TOO_LARGE', `The limit is ${bytes} bytes, inflated.`);

/**
 * The next piece of a stream, or null at its end. Pull by pull, so that a reader who stops asking
 * stops the sender; the stream is left whole, so that a refusal can still be answered.
 */
export const nextChunk = (stream: Readable, timeoutMs: number): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      stream.off('readable', pull).off('end', ended).off('error', failed).off('close', closed);
      act();
    };
    const pull = (): void => {
      const chunk = stream.read() as Buffer | null;
      if (chunk !== null) settle(() => resolve(chunk));
    };
    const ended = (): void => settle(() => resolve(null));
    const failed = (error: Error): void => settle(() => reject(error));
    const closed = (): void => settle(() => reject(new ClientGone('The client went away.')));
    const timer = setTimeout(() => settle(() => reject(timedOut(timeoutMs))), timeoutMs);
    if (stream.readableEnded) return ended();
    if (stream.destroyed) return stream.errored ? failed(stream.errored) : closed();
    stream.on('readable', pull).on('end', ended).on('error', failed).on('close', closed);
    pull();
  });

/** A request body, piece by piece. */
export class BodyReader {
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #inflater: Inflater | undefined;
  readonly #deadline: number;
  #wireBytes = 0;
  #bytes = 0;

  constructor(request: IncomingMessage, limits: BodyLimits) {
    const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
    const make = Object.hasOwn(INFLATERS, encoding) ? INFLATERS[encoding] : undefined;
    if (make === undefined && encoding !== 'identity') throw unsupportedEncoding(encoding);
    if (Number(request.headers['content-length'] ?? 0) > limits.bytes) throw tooLarge(limits.bytes);
    this.#request = request;
    this.#limits = limits;
    this.#deadline = performance.now() + limits.totalMs;
    this.#inflater = make?.();
    if (this.#inflater !== undefined) this.#connect(this.#inflater);
  }

  /** True when a piece waits already. */
  get hasMore(): boolean {
    return (this.#inflater ?? this.#request).readableLength > 0;
  }

  /** The next inflated piece, or null at the end of the body. */
  async next(): Promise<Buffer | null> {
    const waitMs = Math.min(this.#limits.silenceMs, this.#deadline - performance.now());
    const chunk = await this.#pull(Math.max(waitMs, 0));
    if (chunk === null) return this.#end();
    if (this.#bytes === 0 && this.#inflater !== undefined) refuseNested(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.bytes) {
      this.close();
      throw tooLarge(this.#limits.bytes);
    }
    return chunk;
  }

  /** Stops reading; the rest stays on the wire. */
  close(): void {
    if (this.#inflater === undefined) return;
    this.#request.unpipe(this.#inflater);
    this.#inflater.destroy();
  }

  async #pull(waitMs: number): Promise<Buffer | null> {
    try {
      return await nextChunk(this.#inflater ?? this.#request, waitMs);
    } catch (error) {
      this.close();
      if (error instanceof HttpProblem || error instanceof ClientGone) throw error;
      if (this.#inflater === undefined) throw new ClientGone('The client went away.');
      throw malformedEncoding(error instanceof Error ? error.message : 'damaged');
    }
  }

  #connect(inflater: Inflater): void {
    const gone = (): void => {
      if (!this.#request.readableEnded) inflater.destroy(new ClientGone('The client went away.'));
    };
    this.#request.on('data', (piece: Buffer) => (this.#wireBytes += piece.length));
    this.#request.once('error', gone).once('close', gone);
    this.#request.pipe(inflater);
    // Errors are read by the next pull; without a listener they would end the process.
    inflater.on('error', () => undefined);
  }

  #end(): null {
    // zlib stops quietly at bytes that follow the end mark; they would be lost without a word.
    if (this.#inflater !== undefined && this.#inflater.bytesWritten < this.#wireBytes) {
      throw malformedEncoding('bytes follow its end mark');
    }
    return null;
  }
}

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

const refuseNested = (chunk: Buffer): void => {
  const nested = [GZIP_MAGIC, ZSTD_MAGIC].some(
    (magic) => chunk.length >= magic.length && chunk.subarray(0, magic.length).equals(magic),
  );
  if (nested) throw unsupportedEncoding('inside another one');
};

/** The whole body, for bodies that fit. */
export const collectBody = async (
  request: IncomingMessage,
  limits: BodyLimits,
): Promise<Buffer> => {
  const reader = new BodyReader(request, limits);
  const chunks: Buffer[] = [];
  for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
};

const DRAIN_BYTES = 8 * 1_048_576;
const DRAIN_MS = 300;

/**
 * Reads away what a refused client is still sending, within limits, so that it can read the answer
 * instead of meeting a reset. True when the body has ended.
 */
export const drain = async (request: IncomingMessage): Promise<boolean> => {
  const until = performance.now() + DRAIN_MS;
  let bytes = 0;
  try {
    while (!request.readableEnded && bytes < DRAIN_BYTES && performance.now() < until) {
      const chunk = await nextChunk(request, until - performance.now());
      if (chunk === null) return true;
      bytes += chunk.length;
    }
  } catch {
    return false;
  }
  return request.readableEnded;
};
