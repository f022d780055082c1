/**
 * A dialect in configuration: where the counts stand, and which lies inside which.
 *
 * Shape       JSON pointers (RFC 6901). Each count names its kind; `within` names the kind whose
 *             number includes it, and from which it is then taken. Two counts of one kind add up.
 *             The pieces of a stream may each say some of the counts; each count is cumulative.
 * Invariant   Σ kinds = Σ of the counts that lie within no other; nothing is clamped. No count of a
 *             stream is lost or shrinks.
 * Rejections  USAGE_MISSING, INCONSISTENT_COUNTS, INVALID_BODY, those of ../quantity
 * Source      ruling R22
 */
import { tokenKinds, type TokenKind } from '../kinds.js';
import { quantityOf } from '../quantity.js';
import type { Findings } from '../refusals.js';
import { epochTime, fold, type Glimpse } from './fold.js';
import { atPointer, pathOfPointer } from './json-pointer.js';
import type { Piece } from './pieces.js';
import type { Counted, Dialect, Found, Outcome } from './reading.js';

export interface GenericCount {
  readonly kind: TokenKind;
  readonly at: string;
  /** The kind whose count includes this one; absent: it lies outside all others. */
  readonly within?: TokenKind | undefined;
}

export interface GenericDialect {
  readonly counts: readonly GenericCount[];
  /** Must be the sum of all kinds where it is there. */
  readonly total?: string | undefined;
  readonly id?: string | undefined;
  readonly model?: string | undefined;
  /** RFC 3339, or whole seconds since the epoch. */
  readonly time?: string | undefined;
  readonly serviceTier?: string | undefined;
  readonly upstreamRequestId?: string | undefined;
  readonly outcome?:
    { readonly at: string; readonly words: Readonly<Record<string, Outcome>> } | undefined;
}

const at = ({ value, path }: Piece, pointer: string | undefined): Found | undefined => {
  const inner = pointer === undefined ? undefined : atPointer(value, pointer);
  if (pointer === undefined || inner === undefined || inner === null) return undefined;
  return { value: inner, path: `${path}${pathOfPointer(pointer)}` };
};

const timeAt = (piece: Piece, pointer: string | undefined): Found | undefined => {
  const time = at(piece, pointer);
  return typeof time?.value === 'number' ? epochTime(time) : time;
};

const endAt = (piece: Piece, { outcome }: GenericDialect): Outcome | undefined => {
  const word = at(piece, outcome?.at)?.value;
  const words = outcome?.words ?? {};
  return typeof word === 'string' && Object.hasOwn(words, word) ? words[word] : undefined;
};

/** What pieces have said at each pointer: the last value and where it stood. */
type Said = Readonly<Record<string, Found>>;

const pointersOf = ({ counts, total }: GenericDialect): readonly string[] => [
  ...counts.map((count) => count.at),
  ...(total === undefined ? [] : [total]),
];

/** The counts of one piece; undefined: it has none. */
const saidBy = (piece: Piece, dialect: GenericDialect): Found | undefined => {
  const said = pointersOf(dialect)
    .map((pointer) => [pointer, at(piece, pointer)] as const)
    .filter(([, count]) => count !== undefined);
  return said.length === 0 ? undefined : { value: Object.fromEntries(said), path: piece.path };
};

const look = (piece: Piece, dialect: GenericDialect): Glimpse => ({
  id: at(piece, dialect.id),
  model: at(piece, dialect.model),
  time: timeAt(piece, dialect.time),
  serviceTier: at(piece, dialect.serviceTier)?.value,
  upstreamRequestId: at(piece, dialect.upstreamRequestId)?.value,
  usage: saidBy(piece, dialect),
  end: endAt(piece, dialect),
});

/** A piece may say some of the counts; each is cumulative, so the last one stands for all before. */
const merged = (before: Said, after: Said, findings: Findings): Said => {
  for (const [pointer, { value, path }] of Object.entries(after)) {
    const old = quantityOf(before[pointer]?.value);
    const now = quantityOf(value);
    if (typeof old !== 'bigint' || typeof now !== 'bigint' || old <= now) continue;
    const detail = `${now} is less than ${old} before: counts of a stream are cumulative.`;
    findings.refuse('INCONSISTENT_COUNTS', path, detail);
  }
  return { ...before, ...after };
};

interface Usage {
  readonly said: Said;
  readonly path: string;
  readonly findings: Findings;
}

const quantityAt = ({ said, findings }: Usage, pointer: string): bigint | null => {
  const count = said[pointer];
  if (count === undefined) return null;
  const quantity = quantityOf(count.value);
  if (typeof quantity === 'bigint') return quantity;
  findings.refuse(quantity.code, count.path, quantity.detail);
  return null;
};

const countBy = (usage: Usage, dialect: GenericDialect): Counted => {
  const inconsistent = (pointer: string, detail: string): void =>
    usage.findings.refuse(
      'INCONSISTENT_COUNTS',
      usage.said[pointer]?.path ?? `${usage.path}${pathOfPointer(pointer)}`,
      detail,
    );
  const kinds = new Map<string, bigint>();
  const add = (kind: string, count: bigint): unknown =>
    kinds.set(kind, (kinds.get(kind) ?? 0n) + count);
  for (const { kind, at: pointer, within } of dialect.counts) {
    const count = quantityAt(usage, pointer);
    if (count === null) continue;
    add(kind, count);
    if (within !== undefined) add(within, -count);
  }
  for (const [kind, count] of kinds) {
    if (count >= 0n) continue;
    const part = dialect.counts.find((one) => one.within === kind);
    inconsistent(part?.at ?? '', `The parts of ${kind} exceed it by ${-count}.`);
  }
  const sum = [...kinds.values()].reduce((all, count) => all + count, 0n);
  const { total: pointer } = dialect;
  const total = pointer === undefined ? null : quantityAt(usage, pointer);
  if (pointer !== undefined && total !== null && total !== sum) {
    inconsistent(pointer, `${total} is not the sum of the counts, ${sum}.`);
  }
  const ordered = tokenKinds.filter((kind) => kinds.has(kind));
  return { kinds: Object.fromEntries(ordered.map((kind) => [kind, kinds.get(kind) ?? 0n])) };
};

/** The dialect that a configuration describes. */
export const genericDialect =
  (dialect: GenericDialect): Dialect =>
  (pieces, findings) =>
    fold(pieces, findings, {
      look: (piece) => look(piece, dialect),
      count: ({ whole, place }) => countBy({ said: whole as Said, path: place, findings }, dialect),
      grows: [],
      merge: (before, after) => merged(before as Said, after as Said, findings),
    });
