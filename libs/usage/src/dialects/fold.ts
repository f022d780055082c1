/**
 * Folds the pieces of a response into one: who, when, how it ended, and its usage.
 *
 * Owns        what is the same in all dialects: a stream's usage is cumulative, so the last one
 *             counts and none is smaller than the one before.
 * Invariant   a stream that did not end, in each of its choices, is `cut`; counts that were said
 *             before its end are provisional; with no usage at all there is no reading, and never a
 *             zero.
 * Rejections  USAGE_MISSING, INCONSISTENT_COUNTS, INVALID_BODY
 * Source      new-api#5288, #7062, #7241, #4168; sub2api#2168; litellm#37923
 */
import { formatInstant } from '@suanpan/calendar';
import { Fields, isJsonObject, type JsonObject } from '../fields.js';
import { shown, step, type Findings } from '../refusals.js';
import type { Piece, Pieces } from './pieces.js';
import type { Counted, Finality, Found, Outcome, Reading } from './reading.js';

/** What one piece says. */
export interface Glimpse {
  readonly id?: Found | undefined;
  readonly model?: Found | undefined;
  readonly time?: Found | undefined;
  readonly serviceTier?: unknown;
  readonly upstreamRequestId?: unknown;
  readonly usage?: Found | undefined;
  /** How the whole response ended. */
  readonly end?: Outcome | undefined;
  /** Answers that are given side by side, each with an end of its own. */
  readonly choices?: readonly ChoiceSeen[] | undefined;
}

export interface ChoiceSeen {
  readonly index: number;
  /** Undefined: it goes on. */
  readonly end: Outcome | undefined;
}

/** The choices of a piece; one that does not say which it is, is the one at its place. */
export const choicesOf = (
  list: unknown,
  endOf: (choice: object) => Outcome | undefined,
): readonly ChoiceSeen[] => {
  if (!Array.isArray(list)) return [];
  return (list as readonly unknown[]).flatMap((choice, place) => {
    if (typeof choice !== 'object' || choice === null) return [];
    const index: unknown = Reflect.get(choice, 'index');
    return [{ index: typeof index === 'number' ? index : place, end: endOf(choice) }];
  });
};

export interface FoldRules {
  readonly look: (piece: Piece) => Glimpse;
  readonly count: (usage: Fields) => Counted;
  /** Counts that may only grow within a stream. */
  readonly grows: readonly string[];
  /** Where a later usage says only what has changed. */
  readonly merge?: (before: JsonObject, after: JsonObject) => JsonObject;
}

/** A member that is there, with its place. */
export const found = ({ value, path }: Piece, name: string): Found | undefined => {
  const inner = value[name];
  return inner === null || inner === undefined || inner === ''
    ? undefined
    : { value: inner, path: step(path, name) };
};

/** The member as a piece of its own, if it is an object. */
export const within = ({ value, path }: Piece, name: string): Piece | undefined => {
  const inner = value[name];
  return isJsonObject(inner) ? { value: inner, path: step(path, name) } : undefined;
};

const SECONDS_MAX = 253_402_300_799;

/** Whole seconds since the epoch as a time; anything else is none. */
export const epochTime = (seconds: Found | undefined): Found | undefined => {
  const value = seconds?.value;
  const isTime = typeof value === 'number' && Number.isInteger(value) && value > 0;
  if (seconds === undefined || !isTime || value > SECONDS_MAX) return undefined;
  return { value: formatInstant(BigInt(value) * 1_000_000n), path: seconds.path };
};

class Folded {
  id: Found | null = null;
  model: Found | null = null;
  time: Found | null = null;
  serviceTier: unknown = null;
  upstreamRequestId: unknown = null;
  usage: (Piece & { readonly ofId: unknown }) | null = null;
  end: Outcome | null = null;
  /** Null: seen, and not ended. */
  private readonly choices = new Map<number, Outcome | null>();
  private unended = 0;
  /** The usage came with the end or after it. */
  isFinal = false;

  constructor(
    private readonly rules: FoldRules,
    private readonly findings: Findings,
  ) {}

  add(glimpse: Glimpse): void {
    this.id ??= glimpse.id ?? null;
    this.model ??= glimpse.model ?? null;
    this.time ??= glimpse.time ?? null;
    this.serviceTier = glimpse.serviceTier ?? this.serviceTier;
    this.upstreamRequestId ??= glimpse.upstreamRequestId ?? null;
    if (glimpse.choices !== undefined) this.addChoices(glimpse.choices);
    if (glimpse.end !== undefined) this.endWith(glimpse.end);
    if (glimpse.usage !== undefined) this.addUsage(glimpse.usage, glimpse.id?.value ?? null);
  }

  private endWith(end: Outcome | null): void {
    if (this.end === 'failed') return;
    this.end = end;
    this.isFinal = false;
  }

  /** The response has ended when each choice that was seen has; one that begins later opens it again. */
  private addChoices(seen: readonly ChoiceSeen[]): void {
    let hasNews = false;
    for (const { index, end } of seen) {
      const before = this.choices.get(index);
      if (before === undefined) this.unended += 1;
      if (before === undefined || (before === null && end !== undefined)) {
        this.choices.set(index, end ?? null);
        if (end !== undefined) this.unended -= 1;
        hasNews = true;
      }
      if (end === 'failed') this.endWith('failed');
    }
    if (hasNews) this.endWith(this.unended === 0 ? 'complete' : null);
  }

  private addUsage({ value, path }: Found, ofId: unknown): void {
    if (!isJsonObject(value)) {
      return this.findings.refuse('INVALID_BODY', path, `${shown(value)} is no usage.`);
    }
    const before = this.usage;
    if (before !== null) this.compare(before, { value, path, ofId });
    const { merge } = this.rules;
    const merged = before === null || merge === undefined ? value : merge(before.value, value);
    this.usage = { value: merged, path, ofId: ofId ?? before?.ofId ?? null };
    this.isFinal = this.end !== null;
  }

  private compare(before: Piece & { ofId: unknown }, after: Piece & { ofId: unknown }): void {
    if (before.ofId !== null && after.ofId !== null && before.ofId !== after.ofId) {
      const detail = 'The pieces have usage of two responses. Send each on its own.';
      this.findings.refuse('INVALID_BODY', after.path, detail);
    }
    const old = new Fields(before.value, before.path, this.findings);
    const now = new Fields(after.value, after.path, this.findings);
    for (const name of this.rules.grows) {
      if (!old.has(name) || !now.has(name) || old.count(name) <= now.count(name)) continue;
      const detail = `${now.count(name)} is less than ${old.count(name)} before: counts of a stream are cumulative.`;
      now.refuse('INCONSISTENT_COUNTS', name, detail);
    }
  }
}

const missing = (pieces: Pieces, path: string, findings: Findings): null => {
  const detail = pieces.isStream
    ? 'No piece of the stream has usage. Ask the provider for it (stream_options.include_usage), ' +
      'or send the counts as an own event with finality provisional.'
    : 'The body has no usage.';
  findings.refuse('USAGE_MISSING', path, detail);
  return null;
};

/** How a stream, or a whole response, ended; and whether its counts are the last word. */
const ending = (pieces: Pieces, folded: Folded): [Outcome | null, Finality | null] => {
  const { end, isFinal } = folded;
  if (!pieces.isStream) {
    if (end === null) return [null, null];
    return [end, end === 'cut' ? 'provisional' : 'final'];
  }
  const outcome = end ?? (pieces.isDone ? 'complete' : 'cut');
  const isLast = outcome === 'complete' && (isFinal || end === null);
  return [outcome, isLast ? 'final' : 'provisional'];
};

/** Reads all pieces by the rules of a dialect. */
export const fold = (pieces: Pieces, findings: Findings, rules: FoldRules): Reading | null => {
  const folded = new Folded(rules, findings);
  for (const piece of pieces) {
    folded.add(rules.look(piece));
    if (findings.first !== null) return null;
  }
  if (findings.first !== null) return null;
  const { usage } = folded;
  if (usage === null) return missing(pieces, pieces.path, findings);
  const counted = rules.count(new Fields(usage.value, usage.path, findings));
  if (findings.first !== null) return null;
  const [outcome, finality] = ending(pieces, folded);
  if (countsNothing(counted) && outcome !== 'failed') return missing(pieces, usage.path, findings);
  const { id, model, time, serviceTier, upstreamRequestId } = folded;
  return {
    ...{ ...counted, id, model, time, serviceTier, upstreamRequestId },
    ...{ outcome, finality, usagePath: usage.path },
  };
};

/** A call that used nothing was none: its usage was lost on the way. */
const countsNothing = ({ kinds }: Counted): boolean =>
  Object.values(kinds).every((count) => count === 0n);
