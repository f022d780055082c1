/**
 * Judges provider bodies: a dialect, then the centre's mapping, then the admission of every event.
 *
 * Rejections  those of libs/usage
 * Source      ruling R22
 */
import { admitForeign, providerCall } from '@suanpan/usage';
import type { Dialect, DoorMapping, Envelope, Refusal } from '@suanpan/usage';
import type { Judge } from '../events/senders.js';
import { parsePiece } from './parse-piece.js';

export type ReadEnvelope = (
  value: unknown,
) => { readonly envelope: Envelope } | { readonly refused: Refusal };

export const dialectJudge =
  (dialect: Dialect, mapping: DoorMapping | null, read: ReadEnvelope): Judge =>
  (value, sender) => {
    const item = read(value);
    if ('refused' in item) return item;
    const told = providerCall(dialect, item.envelope, parsePiece);
    return 'refused' in told ? told : admitForeign(told.call, mapping, sender);
  };
