/**
 * What a provider sent, as a sequence of JSON objects: one response, or the pieces of a stream.
 *
 * Shape       a JSON object is one response (or its usage alone); a list, or the text of a
 *             server-sent stream, is a stream.
 * Invariant   pieces are made one by one: a long stream is never held parsed as a whole.
 * Rejections  INVALID_BODY
 */
import { isJsonObject, type JsonObject } from '../fields.js';
import { shown, type Findings } from '../refusals.js';
import { isSse, sseEvents } from './sse.js';

export interface Piece {
  readonly value: JsonObject;
  readonly path: string;
}

/** Turns the text of one piece into a value; throws when it is no JSON. */
export type ParseJson = (text: string) => unknown;

const plainJson: ParseJson = (text) => JSON.parse(text);
/** How an OpenAI-style stream says that it is whole. */
const DONE = '[DONE]';

export interface BodyPlace {
  /** Where the body stands in what was sent. */
  readonly path: string;
  readonly findings: Findings;
  readonly parse?: ParseJson;
}

export class Pieces implements Iterable<Piece> {
  readonly isStream: boolean;
  /** The stream's own last word was seen. Known after the last piece. */
  isDone = false;

  constructor(
    private readonly body: unknown,
    private readonly place: BodyPlace,
  ) {
    this.isStream = !isJsonObject(body);
  }

  get path(): string {
    return this.place.path;
  }

  [Symbol.iterator](): Iterator<Piece> {
    const { body } = this;
    if (isJsonObject(body)) return [{ value: body, path: this.place.path }].values();
    if (Array.isArray(body)) return this.fromList(body);
    if (typeof body === 'string' && isSse(body)) return this.fromText(body);
    this.refuse(this.place.path, `${shown(body)} is no response, no stream and no list of pieces.`);
    return [].values();
  }

  private *fromList(list: readonly unknown[]): Generator<Piece> {
    for (const [index, value] of list.entries()) {
      const path = `${this.place.path}[${index}]`;
      if (value === DONE) this.isDone = true;
      else if (isJsonObject(value)) yield { value, path };
      else return this.refuse(path, `${shown(value)} is no piece of a stream.`);
    }
  }

  private *fromText(text: string): Generator<Piece> {
    let index = 0;
    for (const { data, isCut } of sseEvents(text)) {
      const path = `${this.place.path}[${index}]`;
      index += 1;
      if (data === DONE) {
        this.isDone = true;
        continue;
      }
      const value = this.parsed(data);
      if (isJsonObject(value)) yield { value, path };
      // The last event may have been cut off in its middle: what came before it stands.
      else if (!isCut)
        return this.refuse(
          path,
          'The event’s data is no JSON object, or one with too many values.',
        );
    }
  }

  private parsed(data: string): unknown {
    try {
      return (this.place.parse ?? plainJson)(data);
    } catch {
      return undefined;
    }
  }

  private refuse(path: string, detail: string): void {
    this.place.findings.refuse('INVALID_BODY', path, detail);
  }
}
