/**
 * Judges provider bodies: a dialect, then the centre's mapping, then the admission of every event.
 *
 * Rejections  those of libs/usage
 * Source      ruling R22
 */
import { admitForeign, builtInDialects, genericDialect, providerCall } from '@suanpan/usage';
import type { Dialect, DoorMapping, Envelope, Refusal } from '@suanpan/usage';
import type { Judge } from '../events/senders.js';
import type { StoredMapping } from '../mappings/mapping-wire.js';
import { pieceParser } from './parse-piece.js';

/** What stands before a dialect's name in the name of its door. */
export const DIALECT_DOOR = 'usage/';

/** A built-in dialect, or one of the centre's own. */
export const findDialect = (name: string, mapping: StoredMapping | null): Dialect | undefined => {
  const own = mapping?.dialects.get(name);
  return builtInDialects.get(name) ?? (own === undefined ? undefined : genericDialect(own));
};

export type ReadEnvelope = (
  value: unknown,
) => { readonly envelope: Envelope } | { readonly refused: Refusal };

export const dialectJudge =
  (dialect: Dialect, mapping: DoorMapping | null, read: ReadEnvelope): Judge =>
  (value, sender) => {
    const item = read(value);
    if ('refused' in item) return item;
    const told = providerCall(dialect, item.envelope, pieceParser());
    return 'refused' in told ? told : admitForeign(told.call, mapping, sender);
  };
