/**
 * One attempt to hand a batch to the service.
 *
 * Invariant   it never throws: a cut connection, a timeout and a name that is not found are verdicts.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { readRetryAfter } from './retry.js';
import { verdictOf } from './verdict.js';
import type { Verdict } from './verdict.js';

const compress = promisify(gzip);
/** Below this a compressed body is hardly smaller. */
const GZIP_FROM_BYTES = 1_024;
/** Far above the largest answer to the largest batch. */
const ANSWER_BYTES_MAX = 33_554_432;

export interface Door {
  /** The service's address, without a path. */
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  /** Ends the attempt: the meter is closed. */
  readonly signal: AbortSignal;
}

export interface Attempt {
  readonly verdict: Verdict;
  /** How long the service asked to wait. */
  readonly askedMs: number;
}

const readBody = async (response: Response): Promise<string> => {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece as Uint8Array);
    bytes += (piece as Uint8Array).length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('The answer is too large.');
  }
  return Buffer.concat(pieces).toString('utf8');
};

const messageOf = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  const { message, code } = error as { readonly message?: unknown; readonly code?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return typeof code === 'string' ? code : undefined;
};

/** `fetch` hides what happened behind "fetch failed". */
const reasonOf = (error: unknown): string =>
  messageOf((error as { readonly cause?: unknown } | null)?.cause) ??
  messageOf(error) ??
  String(error);

const send = async (texts: readonly string[], door: Door): Promise<Response> => {
  const plain = Buffer.from(`[${texts.join(',')}]`);
  const isLarge = plain.length >= GZIP_FROM_BYTES;
  return fetch(`${door.url}/v1/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${door.apiKey}`,
      'content-type': 'application/cloudevents-batch+json',
      accept: 'application/json',
      ...(isLarge && { 'content-encoding': 'gzip' }),
    },
    body: isLarge ? await compress(plain) : plain,
    redirect: 'manual',
    signal: AbortSignal.any([AbortSignal.timeout(door.timeoutMs), door.signal]),
  });
};

/** Sends the events and reads the answer. */
export const post = async (texts: readonly string[], door: Door): Promise<Attempt> => {
  try {
    const response = await send(texts, door);
    const body = await readBody(response);
    return {
      verdict: verdictOf({ status: response.status, body, count: texts.length }),
      askedMs: readRetryAfter(response.headers.get('retry-after'), Date.now()),
    };
  } catch (error) {
    const detail = `${door.url} did not answer: ${reasonOf(error)}`;
    return { verdict: { kind: 'retry', code: 'NO_ANSWER', detail }, askedMs: 0 };
  }
};
