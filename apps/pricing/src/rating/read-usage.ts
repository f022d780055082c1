/**
 * From a record of `usage.recorded` to a candidate, or to the reason why it is none.
 *
 * Invariant   what passes here is stored by PostgreSQL without complaint, so that one bad record
 *             never spoils a batch.
 * Rejections  EMPTY_VALUE, DECODE_FAILED, UNKNOWN_SCHEMA, TRAILING_DATA,
 *             MESSAGE_TOO_LARGE, UNEXPECTED_TYPE, KEY_MISMATCH, TENANT_MISMATCH, INVALID_TEXT,
 *             INVALID_TIME, NEGATIVE_QUANTITY, QUANTITY_LIMIT, KINDS_LIMIT,
 *             INVALID_CORRECTION
 * Source      reliability.md B60–B65, B68, D14; rulings R3, R9
 */
import { Malformed } from '@suanpan/event-sourcing';
import type { UsageRecorded } from '@suanpan/messages';
import {
  decode,
  identityTextOf,
  payloadHashHex,
  usageOwnerOf,
  usagePartition,
} from '@suanpan/messages';
import type { LoggedRecord } from '@suanpan/platform-kafka';
import type { Catalogue, Unpriced } from '@suanpan/pricing';
import { rate } from '@suanpan/pricing';
import { correctionOf } from '../corrections/correction-name.js';
import type { CorrectionName } from '../corrections/correction-name.js';
import type { Candidate, PoisonRecord } from './candidate.js';
import type { DimensionCache } from './dimensions.js';
import { extraJson } from './extra.js';

const QUANTITY_MAX = 10n ** 18n;
const KINDS_MAX = 64;
const KIND_LENGTH_MAX = 64;
/** As at the door; longer ones would not fit into an index. */
const TEXT_LENGTH_MAX = 256;
/** 10000-01-01T00:00:00Z in microseconds. */
const TIME_END = 253_402_300_800_000_000n;

const requireTexts = ({ tenant, source, id }: UsageRecorded): void => {
  for (const text of [tenant, source, id]) {
    if (text !== '' && text.length <= TEXT_LENGTH_MAX) continue;
    throw new Malformed('INVALID_TEXT', `Tenant, source or id has ${text.length} characters.`);
  }
  if (source.includes('\0') || id.includes('\0')) {
    throw new Malformed('INVALID_TEXT', 'Source or id holds a NUL.');
  }
};

const requireKinds = (kinds: UsageRecorded['kinds']): void => {
  let count = 0;
  for (const kind in kinds) {
    const quantity = kinds[kind] as bigint;
    count += 1;
    if (quantity < 0n) throw new Malformed('NEGATIVE_QUANTITY', `${kind} is ${quantity}.`);
    if (quantity > QUANTITY_MAX) throw new Malformed('QUANTITY_LIMIT', `${kind} is ${quantity}.`);
    if (kind.length > KIND_LENGTH_MAX || kind.includes('\0')) {
      throw new Malformed('INVALID_TEXT', 'A kind has no readable name.');
    }
  }
  if (count > KINDS_MAX) throw new Malformed('KINDS_LIMIT', `${count} kinds are named.`);
};

const requireSound = (event: UsageRecorded): void => {
  requireTexts(event);
  if (event.time < 0n || event.time >= TIME_END) {
    throw new Malformed('INVALID_TIME', `${event.time} is not in the years 1970 to 9999.`);
  }
  requireKinds(event.kinds);
};

const eventOf = ({ key, value }: LoggedRecord): UsageRecorded => {
  if (key === null || key.length === 0) {
    throw new Malformed('EMPTY_VALUE', 'The record has no key.');
  }
  const message = decode(value);
  if (message.type !== 'usage.recorded') {
    throw new Malformed('UNEXPECTED_TYPE', `${message.type} does not belong on this topic.`);
  }
  return message.value;
};

const requirePlace = (
  record: LoggedRecord,
  partition: number,
  {
    event,
    correction,
  }: { readonly event: UsageRecorded; readonly correction: CorrectionName | null },
): string => {
  const { source, id } = correction ?? event;
  const identity = identityTextOf(event.tenant, source, id);
  const key = record.key;
  if (key?.toString('latin1') !== identity || usagePartition(key) !== partition) {
    throw new Malformed('KEY_MISMATCH', 'The key is not the identity, or not of this partition.');
  }
  const tenant = record.headers['tenant'];
  if (tenant !== undefined && tenant !== event.tenant) {
    throw new Malformed('TENANT_MISMATCH', 'The header names another tenant than the event.');
  }
  return identity;
};

/** Not rated yet: a catalogue decides inside the transaction. */
const unrated: Unpriced = { status: 'unpriced', code: 'UNKNOWN_CONTRACT' };

export interface Reading {
  readonly partition: number;
  readonly dimensions: DimensionCache;
  /** Rates at once under a catalogue that is probably still the one in force. */
  readonly catalogue: Catalogue;
}

/** Whose it is even where the whole cannot be read: the first fields are. */
const poison = (
  record: LoggedRecord,
  partition: number,
  { error, event }: { readonly error: Malformed; readonly event: UsageRecorded | undefined },
): PoisonRecord => {
  const owner = event ?? usageOwnerOf(record.value);
  return {
    record,
    partition,
    reason: error.code,
    detail: error.message,
    tenant: storable(owner?.tenant),
    party: storable(owner?.centre),
    sentBy: storable(owner?.sentBy),
    source: storable(event?.source),
    id: storable(event?.id),
  };
};

/** A text for the quarantine's columns; the sealed bytes keep what cannot stand there. */
const storable = (text: string | null | undefined): string | null =>
  text === null || text === undefined || text === '' || text.includes('\0')
    ? null
    : text.slice(0, TEXT_LENGTH_MAX);

/** Reads one record; only faults of the record itself become poison. */
export const readUsage = (record: LoggedRecord, reading: Reading): Candidate | PoisonRecord => {
  let event: UsageRecorded | undefined;
  try {
    event = eventOf(record);
    requireSound(event);
    const correction = correctionOf(event);
    const identity = requirePlace(record, reading.partition, { event, correction });
    const dims = reading.dimensions.of(event);
    const candidate: Candidate = {
      record,
      partition: reading.partition,
      time: event.time,
      kinds: event.kinds,
      buyer: event.buyer,
      authorization: dims.authorization,
      source: event.source,
      id: event.id,
      identity,
      payloadHash: payloadHashHex(event),
      dims,
      extra: extraJson(event),
      correction,
      rating: unrated,
      outcome: 'open',
      aftermath: null,
    };
    candidate.rating = rate(dims.planIn(reading.catalogue), candidate);
    return candidate;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return poison(record, reading.partition, { error, event });
  }
};

export const isPoison = (read: Candidate | PoisonRecord): read is PoisonRecord => 'reason' in read;
