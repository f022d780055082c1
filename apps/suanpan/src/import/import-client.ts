/**
 * Hands a file to usage-ingest and follows it to its end.
 *
 * Invariant   whatever is interrupted can be run again: the door knows the file by its hash, and goes
 *             on at the last row that the log has.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient, ApiProblem } from '../demo/api-client.js';
import { hashOf } from './local-file.js';
import type { LocalFile } from './local-file.js';
import type { Progress } from './progress.js';
import type { WireImport } from './wire-import.js';

export interface ImportOrder {
  readonly url: string;
  readonly key: string;
  readonly centre?: string;
  readonly separator?: string;
  readonly dryRun: boolean;
}

const ATTEMPTS_MAX = 20;
const PAUSE_MS = 1_000;
const POLL_MS = 500;

interface Problem {
  readonly code?: string;
  readonly detail?: string;
}

const problemOf = async (response: Response): Promise<ApiProblem> => {
  const text = await response.text();
  let problem: Problem = { detail: text.slice(0, 300) };
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    // Not from our door; its words are shown as they are.
  }
  return new ApiProblem(response.status, problem.code ?? 'NO_CODE', problem.detail ?? '');
};

const isPassing = (status: number): boolean => status === 429 || status === 408 || status >= 500;

export class ImportClient {
  readonly #api: ApiClient;

  constructor(
    private readonly order: ImportOrder,
    private readonly progress: Progress,
  ) {
    this.#api = new ApiClient(order.url, order.key);
  }

  /** Hands the file in, unless it is there already, and waits for its end. */
  async run(file: LocalFile): Promise<WireImport> {
    const sha256 = await hashOf(file.path);
    const known = await this.#known(file, sha256);
    const begun = known ?? (await this.#upload(file));
    return this.#follow(begun);
  }

  /** Saves the list of what was refused. */
  async saveErrors(path: string, target: string): Promise<void> {
    const response = await fetch(`${this.order.url}${path}`, { headers: this.#headers() });
    if (!response.ok || response.body === null) throw await problemOf(response);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(target));
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.order.key}` };
  }

  async #known(file: LocalFile, sha256: string): Promise<WireImport | undefined> {
    // A list of another shape would be read differently: only what is surely the same is known.
    if (this.order.separator !== undefined) return undefined;
    const all = await this.#api.all<WireImport>(`/v1/imports?sha256=${sha256}`, 'data');
    return all.find(
      ({ status, dryRun, gzip, centre, format }) =>
        (status === 'done' || status === 'running') &&
        dryRun === this.order.dryRun &&
        gzip === file.gzip &&
        file.mediaType.includes(format) &&
        (this.order.centre === undefined || this.order.centre === centre),
    );
  }

  async #upload(file: LocalFile): Promise<WireImport> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(file).catch((error: unknown) => error);
      if (answer instanceof Response) {
        if (answer.ok) return (await answer.json()) as WireImport;
        if (!isPassing(answer.status) || attempt >= ATTEMPTS_MAX) throw await problemOf(answer);
        await sleep(Number(answer.headers.get('retry-after') ?? 1) * 1_000);
      } else if (attempt >= ATTEMPTS_MAX) {
        throw new Error(`${this.order.url} does not answer. Run this again to go on.`, {
          cause: answer,
        });
      }
      await sleep(PAUSE_MS);
    }
  }

  #send(file: LocalFile): Promise<Response> {
    const { url, dryRun, separator, centre } = this.order;
    const query = new URLSearchParams({ name: file.name, dryRun: String(dryRun) });
    if (separator !== undefined) query.set('separator', separator);
    if (centre !== undefined) query.set('centre', centre);
    let sent = 0;
    const counted = new Transform({
      transform: (piece: Buffer, _encoding, done) => {
        sent += piece.length;
        this.progress.show('uploading', sent, file.bytes);
        done(null, piece);
      },
    });
    const source = createReadStream(file.path);
    source.once('error', (error) => counted.destroy(error)).pipe(counted);
    return fetch(`${url}/v1/imports?${query}`, {
      method: 'POST',
      headers: {
        ...this.#headers(),
        'content-type': file.mediaType,
        ...(file.gzip && { 'content-encoding': 'gzip' }),
      },
      body: Readable.toWeb(counted) as ReadableStream<Uint8Array>,
      duplex: 'half',
    } as RequestInit).finally(() => source.destroy());
  }

  async #follow(begun: WireImport): Promise<WireImport> {
    let now = begun;
    while (now.status === 'waiting' || now.status === 'running') {
      this.progress.show('recording', now.position, now.bytes);
      await sleep(POLL_MS);
      now = await this.#api.get<WireImport>(`/v1/imports/${begun.import}`);
    }
    this.progress.show('recording', now.position, now.bytes);
    return now;
  }
}
