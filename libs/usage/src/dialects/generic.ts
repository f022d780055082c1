/**
 * A dialect in configuration: where the counts stand, and which lies inside which.
 *
 * Shape       JSON pointers (RFC 6901). Each count names its kind; `within` names the kind whose
 *             number includes it, and from which it is then taken. Two counts of one kind add up.
 * Invariant   Σ kinds = Σ of the counts that lie within no other; nothing is clamped.
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

const look = (piece: Piece, dialect: GenericDialect): Glimpse => {
  const isCounted = dialect.counts.some((count) => at(piece, count.at) !== undefined);
  return {
    id: at(piece, dialect.id),
    model: at(piece, dialect.model),
    time: timeAt(piece, dialect.time),
    serviceTier: at(piece, dialect.serviceTier)?.value,
    upstreamRequestId: at(piece, dialect.upstreamRequestId)?.value,
    usage: isCounted ? { value: piece.value, path: piece.path } : undefined,
    end: endAt(piece, dialect),
  };
};

const quantityAt = (piece: Piece, pointer: string, findings: Findings): bigint | null => {
  const count = at(piece, pointer);
  if (count === undefined) return null;
  const quantity = quantityOf(count.value);
  if (typeof quantity === 'bigint') return quantity;
  findings.refuse(quantity.code, count.path, quantity.detail);
  return null;
};

const countBy = (piece: Piece, dialect: GenericDialect, findings: Findings): Counted => {
  const kinds = new Map<string, bigint>();
  const add = (kind: string, count: bigint): unknown =>
    kinds.set(kind, (kinds.get(kind) ?? 0n) + count);
  for (const { kind, at: pointer, within } of dialect.counts) {
    const count = quantityAt(piece, pointer, findings);
    if (count === null) continue;
    add(kind, count);
    if (within !== undefined) add(within, -count);
  }
  for (const [kind, count] of kinds) {
    if (count >= 0n) continue;
    const part = dialect.counts.find((one) => one.within === kind);
    const path = `${piece.path}${pathOfPointer(part?.at ?? '')}`;
    findings.refuse('INCONSISTENT_COUNTS', path, `The parts of ${kind} exceed it by ${-count}.`);
  }
  const sum = [...kinds.values()].reduce((all, count) => all + count, 0n);
  const total = dialect.total === undefined ? null : quantityAt(piece, dialect.total, findings);
  if (total !== null && total !== sum) {
    const path = `${piece.path}${pathOfPointer(dialect.total ?? '')}`;
    findings.refuse('INCONSISTENT_COUNTS', path, `${total} is not the sum of the counts, ${sum}.`);
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
      count: (usage) => countBy({ value: usage.whole, path: usage.place }, dialect, findings),
      grows: [],
    });
