import { ENDINGS } from './batch-check.js';
import type { Snapshot } from './database.js';
import type { Tallies } from './tallies.js';
import type { AuditedRecord, Ending } from './usage-audit.js';

/**
 * How many records ended how, by tenant and partition, and that every record which is no call is kept where it
 * belongs: conflicts and poison in the quarantine, events without a price in unpriced.
 *
 * Source      I1; reliability I01, I22
 */
export type PartitionCounts = Map<string, Map<Ending, bigint>>;

export interface CountFacts {
  readonly counts: ReadonlyMap<number, PartitionCounts>;
  /** Per partition the records that were not rated at once. */
  readonly endings: readonly {
    readonly partition: number;
    readonly audited: readonly AuditedRecord[];
  }[];
}

type CountRow = { readonly tenant: string; readonly partition: number } & Readonly<
  Record<Ending, string>
>;

const text = (count: (ending: Ending) => bigint): string =>
  ENDINGS.map((ending) => `${ending} ${count(ending)}`).join(', ');

const checkEventCounts = async (
  snapshot: Snapshot,
  counts: CountFacts['counts'],
  tallies: Tallies,
): Promise<void> => {
  const tally = tallies.of('counts');
  const rows = await snapshot.rows<CountRow>(
    `select tenant, partition, rated, duplicate, conflict, unpriced, quarantined
     from pricing.event_count`,
  );
  const left = new Map(rows.map((row) => [`${row.partition} ${row.tenant}`, row]));
  for (const [partition, byTenant] of counts) {
    for (const [tenant, own] of byTenant) {
      const key = `${partition} ${tenant}`;
      const row = left.get(key);
      left.delete(key);
      const expected = text((ending) => own.get(ending) ?? 0n);
      const found = text((ending) => BigInt(row?.[ending] ?? 0));
      const fault = expected === found ? null : `expected ${expected}; found ${found}`;
      tally.see(
        fault === null ? null : `${tenant || 'unreadable'}, partition ${partition}: ${fault}`,
      );
    }
  }
  for (const [key, row] of left) {
    const found = text((ending) => BigInt(row[ending]));
    if (ENDINGS.some((ending) => row[ending] !== '0'))
      tally.violate(`${key}: ${found}, the log has none`);
  }
};

const placeOf = (partition: number, offset: bigint | string): string => `${partition}/${offset}`;

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
    for (const { first, offset } of audited) {
      if (first !== 'conflict' && first !== 'quarantined') continue;
      const place = placeOf(partition, offset);
      const reason = left.get(place);
      left.delete(place);
      const fits = reason !== undefined && (reason === 'CONFLICT') === (first === 'conflict');
      tally.see(fits ? null : `usage.recorded ${place}: ${first}, kept as ${reason ?? 'nothing'}`);
    }
  }
  for (const [place, reason] of left) {
    tally.violate(`usage.recorded ${place} is kept as ${reason}, and the log says it is sound`);
  }
};

const checkUnpriced = async (
  snapshot: Snapshot,
  { endings }: CountFacts,
  tallies: Tallies,
): Promise<void> => {
  const tally = tallies.of('unpriced');
  const rows = await snapshot.rows<{
    partition: number;
    offset: string;
    code: string;
    resolved: boolean;
  }>(
    `select partition, "offset", code, resolved_cut is not null as resolved from pricing.unpriced`,
  );
  const left = new Map(rows.map((row) => [placeOf(row.partition, row.offset), row]));
  for (const { partition, audited } of endings) {
    for (const { first, now, offset, unpricedCode, event } of audited) {
      if (first !== 'unpriced') continue;
      const place = placeOf(partition, offset);
      const row = left.get(place);
      left.delete(place);
      const expected = `${unpricedCode}${now === 'rated' ? ', rated later' : ''}`;
      const found =
        row === undefined ? 'nothing' : `${row.code}${row.resolved ? ', rated later' : ''}`;
      const fault = expected === found ? null : `expected ${expected}, found ${found}`;
      tally.see(fault === null ? null : `${event?.id ?? '?'} (${place}): ${fault}`);
    }
  }
  for (const [place, { code }] of left) {
    tally.violate(`usage.recorded ${place} stands as unpriced (${code}), and has a price`);
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
