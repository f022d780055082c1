/**
 * Which call a correction speaks of, and what it does to it.
 *
 * Rejections  INVALID_CORRECTION (malformed): named only half, or an action that nobody knows
 * Source      ruling R3
 */
import { Malformed } from '@suanpan/event-sourcing';
import type { UsageRecorded } from '@suanpan/messages';

export type Action = 'correct' | 'void';

export interface CorrectionName {
  /** Of the call that is corrected. */
  readonly source: string;
  readonly id: string;
  /** From 1. */
  readonly revision: bigint;
  readonly action: Action;
}

const TEXT_LENGTH_MAX = 256;

const isName = (text: string | null): text is string =>
  text !== null && text !== '' && text.length <= TEXT_LENGTH_MAX && !text.includes('\0');

/** What an event corrects; null for a call of its own. */
export const correctionOf = (event: UsageRecorded): CorrectionName | null => {
  const { correctsSource: source, correctsId: id, revision, correction: action } = event;
  if (source === null && id === null && revision === null && action === null) return null;
  const isAction = action === 'correct' || action === 'void';
  if (isName(source) && isName(id) && revision !== null && revision > 0n && isAction) {
    return { source, id, revision, action };
  }
  throw new Malformed('INVALID_CORRECTION', 'A correction names a call, a revision and an action.');
};
