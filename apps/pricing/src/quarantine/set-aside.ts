/**
 * Rows of the quarantine as doors show them, and the event inside where it can be read.
 *
 * Invariant   raw bytes are opened for the operator and for the party that sent them, nobody else.
 * Source      rulings R1, R23; reliability.md D08
 */
import { formatInstant } from '@suanpan/calendar';
import { Malformed, Rejection } from '@suanpan/event-sourcing';
import { decode } from '@suanpan/messages';
import type { UsageRecorded } from '@suanpan/messages';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx, Vault } from '@suanpan/platform-postgres';

export const SET_ASIDE = `id, reason, detail, topic, partition, log_offset, source, event_id, party,
  attempts, first_seen, status, sealed, key_id`;

export interface SetAsideRow {
  readonly id: string;
  readonly reason: string;
  readonly detail: string;
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: string;
  readonly source: string | null;
  readonly event_id: string | null;
  readonly party: string | null;
  readonly attempts: number;
  readonly first_seen: string;
  readonly status: string;
  readonly sealed: Buffer;
  readonly key_id: string;
}

export const toWireSetAside = (row: SetAsideRow) => ({
  id: row.id,
  reason: row.reason,
  detail: row.detail,
  topic: row.topic,
  partition: row.partition,
  offset: row.log_offset,
  centre: row.party,
  source: row.source,
  eventId: row.event_id,
  attempts: row.attempts,
  firstSeenAt: formatInstant(fromRowInstant(row.first_seen)),
  status: row.status,
});

/** The sealed bytes; nothing once their key was destroyed. */
export const rawOf = async (tx: Tx, row: SetAsideRow, vault: Vault): Promise<Buffer | null> => {
  try {
    return await vault.open(tx, { sealed: row.sealed, keyId: row.key_id });
  } catch (error) {
    if (error instanceof Rejection) return null;
    throw error;
  }
};

export type Opened =
  { readonly event: UsageRecorded; readonly raw: Buffer } | { readonly unreadable: string };

/** The event that the bytes hold, or why they hold none. */
export const openEvent = (raw: Buffer | null): Opened => {
  if (raw === null) return { unreadable: 'KEY_DESTROYED' };
  try {
    const message = decode(raw);
    if (message.type !== 'usage.recorded') return { unreadable: 'UNEXPECTED_TYPE' };
    return { event: message.value, raw };
  } catch (error) {
    if (error instanceof Malformed) return { unreadable: error.code };
    throw error;
  }
};

const asText = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

/** What an event says, without the fields that say nothing. */
export const toWireEvent = (event: UsageRecorded): Readonly<Record<string, unknown>> => {
  const said = Object.entries(event).filter(([, value]) => value !== null);
  const { time: _time, ...fields } = JSON.parse(
    JSON.stringify(Object.fromEntries(said), asText),
  ) as Record<string, unknown>;
  return { ...fields, time: formatInstant(event.time) };
};
