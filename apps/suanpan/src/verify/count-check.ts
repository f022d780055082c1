import { ENDINGS } from './batch-check.js';
import type { Snapshot } from './database.js';
import type { Tally } from './findings.js';
import { CENTRE_MISMATCH, type Ending, type Version } from './history.js';
import type { Tallies } from './tallies.js';
import type { AuditedRecord } from './usage-audit.js';

/**
 * How many records ended how, by tenant and partition, and that every record which is no call is kept where it
 * belongs: conflicts and poison in the quarantine, events without a price in unpriced.
 *
 * Source      I1; reliability I01, I22
 */
export type Counts = ReadonlyMap<string, ReadonlyMap<Ending, bigint>>;

export interface PartitionCounts {
  readonly partition: number;
  readonly byTenant: Counts;
  /** By tenant, centre and UTC day; only what a centre is named of. */
  readonly byDay: Counts;
}

export interface CountFacts {
  readonly counts: readonly PartitionCounts[];
  /** Per partition the records that were not rated at once. */
  readonly endings: readonly {
    readonly partition: number;
    readonly audited: readonly AuditedRecord[];
  }[];
}

const countsBy = (
  records: readonly AuditedRecord[],
  nameOf: (record: AuditedRecord) => string | null,
): Counts => {
  const counts = new Map<string, Map<Ending, bigint>>();
  for (const record of records) {
    const name = nameOf(record);
    if (name === null) continue;
    const { now } = record.standing;
    const own = counts.get(name) ?? new Map<Ending, bigint>();
    counts.set(name, own.set(now, (own.get(now) ?? 0n) + 1n));
  }
  return counts;
};

const utcDayOf = (instant: bigint): string =>
  new Date(Number(instant / 1_000n)).toISOString().slice(0, 10);

/** How the records of one partition stand, by tenant and by day. */
export const countsOf = (
  partition: number,
  records: readonly AuditedRecord[],
): PartitionCounts => ({
  partition,
  byTenant: countsBy(records, ({ owner }) => owner.tenant),
  byDay: countsBy(records, ({ owner: { tenant, centre, time } }) =>
    centre === '' ? null : `${tenant} ${centre} ${utcDayOf(time)}`,
  ),
});

type CountRow = { readonly name: string; readonly partition: number } & Readonly<
  Record<Ending, string>
>;

const text = (count: (ending: Ending) => bigint): string =>
  ENDINGS.map((ending) => `${ending} ${count(ending)}`).join(', ');

const compareCounts = (
  rows: readonly CountRow[],
  expectedOf: readonly { readonly partition: number; readonly counts: Counts }[],
  tally: Tally,
): void => {
  const left = new Map(rows.map((row) => [`${row.partition} ${row.name}`, row]));
  for (const { partition, counts } of expectedOf) {
    for (const [name, own] of counts) {
      const key = `${partition} ${name}`;
      const row = left.get(key);
      left.delete(key);
      const expected = text((ending) => own.get(ending) ?? 0n);
      const found = text((ending) => BigInt(row?.[ending] ?? 0));
      const fault = expected === found ? null : `expected ${expected}; found ${found}`;
      const named = `${name || 'unreadable'}, partition ${partition}`;
      tally.see(fault === null ? null : `${named}: ${fault}`);
    }
  }
  for (const [key, row] of left) {
    const found = text((ending) => BigInt(row[ending]));
    if (ENDINGS.some((ending) => row[ending] !== '0'))
      tally.violate(`${key}: ${found}, the log has none`);
  }
};

const checkEventCounts = async (
  snapshot: Snapshot,
  counts: CountFacts['counts'],
  tallies: Tallies,
): Promise<void> => {
  const byTenant = await snapshot.rows<CountRow>(
    `select tenant as name, partition, ${ENDINGS.join(', ')} from pricing.event_count`,
  );
  const expected = counts.map((own) => ({ partition: own.partition, counts: own.byTenant }));
  compareCounts(byTenant, expected, tallies.of('counts'));
  // What names no centre is in the counts above.
  const byDay = await snapshot.rows<CountRow>(
    `select tenant || ' ' || centre || ' ' || day::text as name, partition, ${ENDINGS.join(', ')}
     from pricing.daily_count where centre <> ''`,
  );
  const ofDays = counts.map((own) => ({ partition: own.partition, counts: own.byDay }));
  compareCounts(byDay, ofDays, tallies.of('daily counts'));
};

const placeOf = (partition: number, offset: bigint | string): string => `${partition}/${offset}`;

/** What is unreadable is kept under one of many reasons, but under none of those for readable records. */
const isForItsBytes = (reason: string | undefined): boolean =>
  reason !== undefined && reason !== 'CONFLICT' && reason !== CENTRE_MISMATCH;

const checkQuarantine = async (
  snapshot: Snapshot,
  { endings }: CountFacts,
  tallies: Tallies,
): Promise<void> => {
  const tally = tallies.of('quarantine');
  const rows = await snapshot.rows<{ partition: number; log_offset: string; reason: string }>(
    `select partition, log_offset, reason from pricing.quarantine where topic like '%usage.recorded'`,
  );
  const left = new Map(rows.map((row) => [placeOf(row.partition, row.log_offset), row.reason]));
  for (const { partition, audited } of endings) {
    for (const { standing, offset } of audited) {
      const { now, setAside } = standing;
      if (now !== 'conflict' && now !== 'quarantined') continue;
      const place = placeOf(partition, offset);
      const reason = left.get(place);
      left.delete(place);
      const fits = setAside === null ? isForItsBytes(reason) : reason === setAside;
      const expected = setAside ?? now;
      tally.see(
        fits ? null : `usage.recorded ${place}: ${expected}, kept as ${reason ?? 'nothing'}`,
      );
    }
  }
  for (const [place, reason] of left) {
    tally.violate(`usage.recorded ${place} is kept as ${reason}, and the log says it is sound`);
  }
};

interface UnpricedRow {
  readonly partition: number;
  readonly offset: string;
  readonly code: string;
  readonly resolved_cut: string | null;
  readonly superseded_by: string | null;
}

/** Why a call has no price, and what came of it; null for what never waited. */
const waitOf = (version: Version | null): string | null => {
  if (version === null || version.action !== 'call') return null;
  const { waitedFor, resolvedBy, supersededBy } = version;
  return waitedFor === null ? null : waitText(waitedFor, resolvedBy, supersededBy);
};

const waitText = (code: string, resolved: unknown, superseded: unknown): string =>
  [
    code,
    ...(resolved === null ? [] : [`rated later, at cut ${String(resolved)}`]),
    ...(superseded === null ? [] : [`superseded by revision ${String(superseded)}`]),
  ].join(', ');

const checkUnpriced = async (
  snapshot: Snapshot,
  { endings }: CountFacts,
  tallies: Tallies,
): Promise<void> => {
  const tally = tallies.of('unpriced');
  const rows = await snapshot.rows<UnpricedRow>(
    `select partition, "offset", code, resolved_cut, superseded_by from pricing.unpriced`,
  );
  const left = new Map(rows.map((row) => [placeOf(row.partition, row.offset), row]));
  for (const { partition, audited } of endings) {
    for (const { version, offset, event } of audited) {
      const expected = waitOf(version);
      if (expected === null) continue;
      const place = placeOf(partition, offset);
      const row = left.get(place);
      left.delete(place);
      const found =
        row === undefined ? 'nothing' : waitText(row.code, row.resolved_cut, row.superseded_by);
      const fault = expected === found ? null : `expected ${expected}; found ${found}`;
      tally.see(fault === null ? null : `${event?.id ?? '?'} (${place}): ${fault}`);
    }
  }
  for (const [place, { code }] of left) {
    tally.violate(`usage.recorded ${place} stands as unpriced (${code}), and never waited`);
  }
};

/** All three. */
export const checkCounts = async (
  snapshot: Snapshot,
  facts: CountFacts,
  tallies: Tallies,
): Promise<void> => {
  await checkEventCounts(snapshot, facts.counts, tallies);
  await checkQuarantine(snapshot, facts, tallies);
  await checkUnpriced(snapshot, facts, tallies);
};
