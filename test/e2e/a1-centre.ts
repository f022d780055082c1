/**
 * A centre in front of a door: its key, how it posts, and what it was told.
 *
 * Invariant   nothing is sent twice: an answer that is not the one expected ends the offer, since a
 *             repeat would be counted as a duplicate of the scene.
 */
import type { Item, Tenant } from './world.js';

export interface Centre {
  readonly tenant: Tenant;
  /** The address of usage-ingest. */
  readonly url: string;
  readonly key: string;
}

/** What the sender learnt: how many were accepted, and the code of each that was refused. */
export interface Told {
  readonly accepted: number;
  readonly refused: readonly string[];
}

export interface Post {
  readonly path: string;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** The statuses that are an answer of this door. */
  readonly answers: readonly number[];
}

export interface Posted {
  readonly status: number;
  /** The answer's JSON; null: it has no body. */
  readonly body: unknown;
}

const TIMEOUT_MS = 60_000;

export const post = async ({ url, key }: Centre, order: Post): Promise<Posted> => {
  const { path, type, body, headers, answers } = order;
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': type, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  const { status } = response;
  if (answers.includes(status)) return { status, body: text === '' ? null : JSON.parse(text) };
  throw new Error(`POST ${path} answered ${status}: ${text.slice(0, 500)}`);
};

/** Asks with the centre's own key. */
export const get = async ({ url, key }: Centre, path: string): Promise<unknown> => {
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.ok) return response.json();
  throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
};

/** What the results of a door say that answers item by item. */
export const toldOf = (posted: readonly Posted[]): Told => {
  const results = posted.flatMap(({ body }) => (body as { readonly results: Item[] }).results);
  return {
    accepted: results.filter(({ status }) => status === 'accepted').length,
    refused: results
      .filter(({ status }) => status !== 'accepted')
      .map(({ status, code = status }) => code),
  };
};

/** The sum of what was told portion by portion. */
export const together = (told: readonly Told[]): Told => ({
  accepted: told.reduce((sum, { accepted }) => sum + accepted, 0),
  refused: told.flatMap(({ refused }) => refused),
});

/** Does the work for each in order, with so many on their way at a time. */
export const inLanes = async <T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> => {
  const done: R[] = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next; index < items.length; index = next) {
      next += 1;
      done[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
};
