import { COLUMN_KINDS, type KindColumns, kindsOfRow, sortedKinds } from './call-check.js';
import { type Snapshot, micros } from './database.js';
import { dimensionsOf } from './dimensions.js';
import { exactOf, same, shown, times, whole } from './exact.js';
import type { Tally } from './findings.js';
import type { Version } from './history.js';
import { contentIdOf, halvesOf, identityOf } from './identity.js';
import { usedKinds } from './rating.js';
import type { AuditedEffect, AuditedPartition, AuditedRecord } from './usage-audit.js';

/**
 * pricing.correction and pricing.correction_effect, row by row, against what the raw log says: nothing lost,
 * nothing invented, nothing changed.
 *
 * Shape       a correction stands under the call's identity and its revision. An effect's tokens and amount carry its
 *             sign; its name and place are those of the correction that came to count by it, its hash that of the
 *             version that is added or taken back.
 * Source      R3, docs/adr/0011; I1, I2, I7
 */
export interface CorrectionRow {
  readonly partition: number;
  readonly offset: string;
  readonly h1: string;
  readonly h2: string;
  readonly revision: string;
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly own_h1: string;
  readonly own_h2: string;
  readonly call_source: string;
  readonly call_id: string;
  readonly action: string;
  readonly centre: string;
  readonly contract: string | null;
  readonly code: string | null;
  readonly payload_hash: Buffer;
}

export const streamCorrections = (snapshot: Snapshot): AsyncGenerator<CorrectionRow> =>
  snapshot.stream<CorrectionRow>(
    `select partition, "offset", h1, h2, revision, tenant, source, id, own_h1, own_h2, call_source,
       call_id, action, centre, contract, code, payload_hash
     from pricing.correction order by partition, "offset"`,
  );

export interface EffectRow extends KindColumns {
  readonly partition: number;
  readonly offset: string;
  readonly h1: string;
  readonly h2: string;
  readonly revision: string;
  readonly sign: number;
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly time: string;
  readonly dims: string;
  readonly price_version: string;
  readonly amount: string;
  readonly billing_state: number;
  readonly service_period: string;
  readonly posting_period: string;
  readonly payload_hash: Buffer;
}

export const streamEffects = (snapshot: Snapshot): AsyncGenerator<EffectRow> =>
  snapshot.stream<EffectRow>(
    `select partition, "offset", h1, h2, revision, sign, tenant, source, id,
       ${micros('time')} as time, dims, price_version, ${COLUMN_KINDS.join(', ')}, other_kinds,
       amount, billing_state, service_period, posting_period, payload_hash
     from pricing.correction_effect order by partition, h1, h2, revision, sign`,
  );

type Column = readonly [name: string, expected: unknown, found: unknown];

const differing = (columns: readonly Column[]): string | null => {
  for (const [name, expected, found] of columns) {
    const [left, right] = [String(expected), String(found)];
    if (left !== right) return `${name}: expected ${left}, found ${right}`;
  }
  return null;
};

const correctionFault = (row: CorrectionRow, identity: Buffer, version: Version): string | null => {
  const { event, revision, action, code, payloadHash, offset } = version;
  const { tenant, source, id, centre, contract, correctsSource, correctsId } = event;
  const [h1, h2] = halvesOf(identity);
  const [own1, own2] = halvesOf(identityOf(tenant, source, id));
  return differing([
    ['identity', `${h1} ${h2}`, `${row.h1} ${row.h2}`],
    ['revision', revision, row.revision],
    ['tenant', tenant, row.tenant],
    ['source', source, row.source],
    ['id', id, row.id],
    ['own identity', `${own1} ${own2}`, `${row.own_h1} ${row.own_h2}`],
    ['call', `${correctsSource ?? source} ${correctsId}`, `${row.call_source} ${row.call_id}`],
    ['action', action, row.action],
    ['centre', centre, row.centre],
    ['contract', action === 'void' ? null : contract, row.contract],
    ['code', code, row.code],
    ['payload hash', payloadHash.toString('hex'), row.payload_hash.toString('hex')],
    ['offset', offset, row.offset],
  ]);
};

const isCorrection = ({ version }: AuditedRecord): boolean =>
  version !== null && version.action !== 'call' && !version.isReplaced;

const checkRows = (
  partition: number,
  { records }: AuditedPartition,
  { rows, tally }: { readonly rows: readonly CorrectionRow[]; readonly tally: Tally },
): void => {
  const left = new Map(rows.map((row) => [row.offset, row]));
  if (left.size < rows.length) tally.violate(`${partition}: an offset stands twice`);
  for (const { identity, version, offset } of records.filter(isCorrection)) {
    if (identity === null || version === null) continue;
    const row = left.get(String(offset));
    left.delete(String(offset));
    const fault =
      row === undefined
        ? 'is in the log and not in correction'
        : correctionFault(row, identity, version);
    const { source, id } = version.event;
    const name = `correction ${source} ${id} (${partition}/${offset})`;
    tally.see(fault === null ? null : `${name}: ${fault}`);
  }
  for (const { source, id, offset } of left.values()) {
    tally.violate(`correction ${source} ${id} (${partition}/${offset}) is not in the log`);
  }
};

const signedKinds = ({ version, sign }: AuditedEffect): string =>
  sortedKinds(usedKinds(version.event).map(([kind, quantity]) => [kind, sign * quantity]));

const effectFault = (row: EffectRow, effect: AuditedEffect): string | null => {
  const { version, sign, rating, by } = effect;
  const { event, payloadHash } = version;
  const { priceTable } = rating.contract;
  const fault = differing([
    ['tenant', event.tenant, row.tenant],
    ['source', by.event.source, row.source],
    ['id', by.event.id, row.id],
    ['offset', by.offset, row.offset],
    ['time', event.time, row.time],
    ['tokens', signedKinds(effect), sortedKinds(kindsOfRow(row))],
    ['dimensions', dimensionsOf(event), row.dims],
    [
      'price version',
      contentIdOf([event.tenant, priceTable, rating.version.version]),
      row.price_version,
    ],
    ['billing state', rating.hold ? 1 : 0, row.billing_state],
    ['service period', rating.servicePeriod, row.service_period],
    ['posting period', rating.postingPeriod, row.posting_period],
    ['payload hash', payloadHash.toString('hex'), row.payload_hash.toString('hex')],
  ]);
  if (fault !== null) return fault;
  const amount = times(whole(sign), rating.amount);
  const isExact = same(amount, exactOf(row.amount));
  return isExact ? null : `amount: expected ${shown(amount)}, found ${row.amount}`;
};

type EffectKey = Pick<EffectRow, 'h1' | 'h2' | 'revision' | 'sign'>;

const effectKey = ({ h1, h2, revision, sign }: EffectKey): string =>
  [h1, h2, revision, sign].join(' ');

const keyOfEffect = ({ identity, version, sign }: AuditedEffect): string => {
  const [h1, h2] = halvesOf(identity);
  return effectKey({ h1, h2, revision: String(version.revision), sign: Number(sign) });
};

const checkEffects = (
  partition: number,
  { effects }: AuditedPartition,
  { rows, tally }: { readonly rows: readonly EffectRow[]; readonly tally: Tally },
): void => {
  const left = new Map(rows.map((row) => [effectKey(row), row]));
  const nameOf = (id: string, revision: unknown, sign: unknown): string =>
    `effect ${Number(sign) > 0 ? 'of' : 'that takes back'} revision ${String(revision)}, by ${id}, partition ${partition}`;
  for (const effect of effects) {
    const key = keyOfEffect(effect);
    const row = left.get(key);
    left.delete(key);
    const fault = row === undefined ? 'is missing' : effectFault(row, effect);
    const name = nameOf(effect.by.event.id, effect.version.revision, effect.sign);
    tally.see(fault === null ? null : `${name}: ${fault}`);
  }
  for (const { id, revision, sign } of left.values()) {
    tally.violate(`${nameOf(id, revision, sign)} is in no history of the log`);
  }
};

export interface CorrectionTables {
  readonly corrections: readonly CorrectionRow[];
  readonly effects: readonly EffectRow[];
}

/** Compares both tables of one partition with its histories. */
export const checkCorrections = (
  { partition, audited }: { readonly partition: number; readonly audited: AuditedPartition },
  { corrections, effects }: CorrectionTables,
  tally: Tally,
): void => {
  checkRows(partition, audited, { rows: corrections, tally });
  checkEffects(partition, audited, { rows: effects, tally });
};
