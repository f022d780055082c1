import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A caller of the services' HTTP doors: JSON in, JSON out, problems as errors that say what to do.
 *
 * Units       timeouts and waits: milliseconds.
 * Invariant   a call is repeated only when the door said 503 or did not answer, and then unchanged: PUTs
 *             have fixed ids, POSTs an Idempotency-Key.
 */
export interface ApiCall {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  /** Sent as it is, with its own content type, in place of JSON. */
  readonly raw?: { readonly type: string; readonly text: string };
  readonly idempotencyKey?: string;
}

/** A problem+json answer. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(`${status} ${code}: ${detail}`);
  }
}

const TIMEOUT_MS = 60_000;
const ATTEMPTS_MAX = 60;
const PAUSE_MS = 500;

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path?: string; readonly code?: string }[];
}

const problemOf = (status: number, text: string, call: ApiCall): ApiProblem => {
  let problem: Problem = {};
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    problem = { detail: text.slice(0, 300) };
  }
  const where = (problem.errors ?? []).map(({ path, code }) => `${path}: ${code}`).join('; ');
  const detail = `${call.method} ${call.path}: ${problem.detail ?? ''} ${where}`.trim();
  return new ApiProblem(status, problem.code ?? 'NO_CODE', detail);
};

const request = (base: string, key: string, call: ApiCall): Promise<Response> => {
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
  if (call.raw !== undefined) headers['content-type'] = call.raw.type;
  else if (call.body !== undefined) headers['content-type'] = 'application/json';
  const body = call.raw?.text ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
  return fetch(`${base}${call.path}`, {
    method: call.method,
    headers,
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
};

export class ApiClient {
  constructor(
    private readonly base: string,
    private readonly key: string,
  ) {}

  /** The answer's JSON; throws ApiProblem where the door refused. */
  async call<T>(call: ApiCall): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await request(this.base, this.key, call).catch((error: unknown) => error);
      if (response instanceof Response) {
        const text = await response.text();
        if (response.ok) return (text === '' ? null : JSON.parse(text)) as T;
        const busy = response.status === 503 || response.status === 429;
        if (!busy || attempt >= ATTEMPTS_MAX) throw problemOf(response.status, text, call);
      } else if (attempt >= ATTEMPTS_MAX) {
        throw new Error(`${this.base}${call.path} does not answer.`, { cause: response });
      }
      await sleep(PAUSE_MS);
    }
  }

  get<T>(path: string): Promise<T> {
    return this.call<T>({ method: 'GET', path });
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.call<T>({ method: 'PUT', path, body });
  }

  post<T>(path: string, body: unknown, idempotencyKey?: string): Promise<T> {
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    return this.call<T>({ method: 'POST', path, body, ...key });
  }

  /** All items of a list that is read page by page: `{data, nextCursor}`, or `{<items>, next}`. */
  async all<T>(path: string, items: string): Promise<readonly T[]> {
    const found: T[] = [];
    let next = '';
    do {
      const page: Record<string, unknown> = await this.get(`${path}${next}`);
      const rows = page['data'] ?? page[items];
      if (!Array.isArray(rows)) throw new Error(`${path} gives no list of ${items}.`);
      found.push(...(rows as T[]));
      next = nextOf(path, page);
    } while (next !== '');
    return found;
  }
}

/** The query that asks for the page after this one; empty at the end. */
const nextOf = (path: string, page: Readonly<Record<string, unknown>>): string => {
  const join = path.includes('?') ? '&' : '?';
  const { nextCursor: cursor, next: after } = page;
  if (typeof cursor === 'string') return `${join}cursor=${encodeURIComponent(cursor)}`;
  return typeof after === 'string' ? `${join}after=${encodeURIComponent(after)}` : '';
};
