/**
 * What makes an event a correction: the call that it names, its revision, and what it does.
 *
 * Invariant   a call of its own names no other; a correction names one of a source that its
 *             credential may use. The source is the event's own where none is named.
 * Rejections  INVALID_CORRECTION, SOURCE_NOT_ALLOWED
 * Source      ruling R3
 */
import type { Fields } from './fields.js';
import { shown } from './refusals.js';

export const CORRECT_EVENT_TYPE = 'suanpan.usage.correct.v1';
export const VOID_EVENT_TYPE = 'suanpan.usage.void.v1';

/** By event type. */
export const CORRECTION_TYPES: ReadonlyMap<unknown, 'correct' | 'void'> = new Map([
  [CORRECT_EVENT_TYPE, 'correct'],
  [VOID_EVENT_TYPE, 'void'],
]);

export interface Correction {
  readonly correction: 'correct' | 'void';
  readonly correctsSource: string;
  readonly correctsId: string;
  /** From 1; the highest one of a call counts. */
  readonly revision: bigint;
}

type NoCorrection = { readonly [Name in keyof Correction]: null };
const none: NoCorrection = {
  correction: null,
  correctsSource: null,
  correctsId: null,
  revision: null,
};

interface Around {
  readonly action: Correction['correction'] | null;
  /** The event's own source. */
  readonly source: unknown;
  /** The sources that the credential may use; null: any. */
  readonly sources: readonly string[] | null;
}

const names = ['correctsSource', 'correctsId', 'revision'];

/** The correction of an event's data; nothing of it for a call of its own. */
export const readCorrection = (
  data: Fields,
  { action, source, sources }: Around,
): Correction | NoCorrection => {
  if (action === null) {
    const named = names.find((name) => data.has(name));
    const types = [...CORRECTION_TYPES.keys()].join(' or ');
    if (named !== undefined) data.refuse('INVALID_CORRECTION', named, `It belongs to ${types}.`);
    return none;
  }
  const correctsId = data.required('correctsId', 'INVALID_CORRECTION');
  const revision = data.quantity('revision') ?? 0n;
  if (revision < 1n) data.refuse('INVALID_CORRECTION', 'revision', 'A revision from 1 is needed.');
  const correctsSource = data.optional('correctsSource') ?? String(source);
  if (sources !== null && !sources.includes(correctsSource)) {
    const detail = `${shown(correctsSource)} is not this credential's.`;
    data.refuse('SOURCE_NOT_ALLOWED', 'correctsSource', detail);
  }
  return { correction: action, correctsSource, correctsId, revision };
};
