/**
 * A rated call as a row of the staging table, in COPY's binary format.
 *
 * Invariant   an identity's 16 bytes are its two int8 columns; an amount keeps every digit.
 * Source      docs/architecture.md 2
 */
import type { UsageRecorded } from '@suanpan/messages';
import type { BinaryRows } from '@suanpan/platform-postgres';
import type { Rated } from '@suanpan/pricing';
import type { Candidate } from './candidate.js';

export const CALL_COLUMNS = [
  'h1',
  'h2',
  'tenant',
  'source',
  'id',
  'time',
  'dims',
  'price_version',
  'input',
  'cached_input',
  'cache_write',
  'output',
  'reasoning',
  'other_kinds',
  'amount',
  'billing_state',
  'service_period',
  'posting_period',
  'payload_hash',
  'partition',
  '"offset"',
  'extra',
] as const;

const OWN_COLUMNS = ['input', 'cached_input', 'cache_write', 'output', 'reasoning'] as const;
const OWN: ReadonlySet<string> = new Set(OWN_COLUMNS);
const HALF_BYTES = 8;

const othersOf = (kinds: UsageRecorded['kinds']): string | null => {
  let others: Record<string, string> | undefined;
  for (const kind in kinds) {
    const quantity = kinds[kind] as bigint;
    if (quantity === 0n || OWN.has(kind)) continue;
    others ??= {};
    others[kind] = quantity.toString();
  }
  return others === undefined ? null : JSON.stringify(others);
};

const addJson = (rows: BinaryRows, json: string | null): void => {
  if (json === null) rows.null();
  else rows.jsonb(json);
};

/** Adds the row of a call that was rated. */
export const addCall = (rows: BinaryRows, candidate: Candidate, rated: Rated): void => {
  const { kinds, dims, identity } = candidate;
  rows.row(CALL_COLUMNS.length);
  rows.bytes(identity.slice(0, HALF_BYTES), 'latin1');
  rows.bytes(identity.slice(HALF_BYTES), 'latin1');
  rows.text(dims.event.tenant);
  rows.text(candidate.source);
  rows.text(candidate.id);
  rows.timestamptz(candidate.time);
  rows.int8(dims.id);
  rows.int8(rated.window.versionId);
  for (const kind of OWN_COLUMNS) rows.int8(kinds[kind] ?? 0n);
  addJson(rows, othersOf(kinds));
  rows.numeric(rated.amount, rated.scale);
  rows.int2(rated.billingState);
  rows.text(rated.servicePeriod);
  rows.text(rated.postingPeriod);
  rows.bytes(candidate.payloadHash, 'hex');
  rows.int2(candidate.partition);
  rows.int8(candidate.record.offset);
  addJson(rows, candidate.extra);
};
