/**
 * Gathers what a batch changes of corrections, and writes it in a few statements.
 *
 * Shape       rows travel as one JSON text a table: corrections are rare beside calls.
 * Invariant   rows are written in the order of their keys; an effect is written once; rows that stand
 *             otherwise before rows that are new.
 * Source      rulings R3, R14
 */
import { identityOf } from '@suanpan/messages';
import { formatPrice } from '@suanpan/money';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { eventAgain } from '../rating/candidate.js';
import type { Candidate } from '../rating/candidate.js';
import type { Effect } from '../rating/sums.js';
import { toRowUsage } from '../rating/unpriced.js';
import { trimZeros } from '../exact-text.js';
import type { CorrectionName } from './correction-name.js';
import type { Halves, StoredCorrection } from './history-rows.js';

/** Only what another centre has said, and was set aside, gives its place to the call's own centre. */
const ADD = `
insert into correction (h1, h2, revision, tenant, source, id, own_h1, own_h2, call_source, call_id,
  action, centre, contract, code, event, payload_hash, partition, "offset", since)
select h1, h2, revision, tenant, source, id, own_h1, own_h2, call_source, call_id, action, centre,
  contract, code, event, decode(payload_hash, 'hex'), partition, "offset", since
from jsonb_to_recordset($1::jsonb) as r(h1 bigint, h2 bigint, revision bigint, tenant text,
  source text, id text, own_h1 bigint, own_h2 bigint, call_source text, call_id text, action text,
  centre text, contract text, code text, event text, payload_hash text, partition smallint,
  "offset" bigint, since timestamptz)
order by h1, h2, revision
on conflict (h1, h2, revision) do update set source = excluded.source, id = excluded.id,
  own_h1 = excluded.own_h1, own_h2 = excluded.own_h2, action = excluded.action,
  centre = excluded.centre, contract = excluded.contract, code = excluded.code,
  event = excluded.event, payload_hash = excluded.payload_hash, "offset" = excluded."offset",
  since = excluded.since
where correction.code = 'CENTRE_MISMATCH'`;

const ADD_EFFECTS = `
insert into correction_effect (h1, h2, revision, sign, time, dims, price_version, input,
  cached_input, cache_write, output, reasoning, other_kinds, amount, billing_state, tenant, source,
  id, service_period, posting_period, payload_hash, partition, "offset")
select h1, h2, revision, sign, time, dims, price_version, input, cached_input, cache_write, output,
  reasoning, nullif(other_kinds, '{}'), amount, billing_state, tenant, source, id, service_period,
  posting_period, decode(payload_hash, 'hex'), partition, "offset"
from jsonb_to_recordset($1::jsonb) as r(h1 bigint, h2 bigint, revision bigint, sign smallint,
  time timestamptz, dims bigint, price_version bigint, input bigint, cached_input bigint,
  cache_write bigint, output bigint, reasoning bigint, other_kinds jsonb, amount numeric,
  billing_state smallint, tenant text, source text, id text, service_period text,
  posting_period text, payload_hash text, partition smallint, "offset" bigint)
order by h1, h2, revision, sign`;

const RECODE = `
update correction c set code = r.code
from jsonb_to_recordset($1::jsonb) as r(h1 bigint, h2 bigint, revision bigint, code text)
where c.h1 = r.h1 and c.h2 = r.h2 and c.revision = r.revision`;

const SUPERSEDE = `
update unpriced u set superseded_by = r.revision
from jsonb_to_recordset($1::jsonb) as r(h1 bigint, h2 bigint, revision bigint)
where u.h1 = r.h1 and u.h2 = r.h2`;

const OWN_KINDS = ['input', 'cached_input', 'cache_write', 'output', 'reasoning'] as const;

/** Signed quantities by column; kinds without a column together. */
const quantitiesOf = (kinds: Readonly<Record<string, bigint>>, sign: Effect['sign']) => {
  const signed = (quantity: bigint): string => (sign === 1 ? quantity : -quantity).toString();
  const own = Object.fromEntries(OWN_KINDS.map((kind) => [kind, signed(kinds[kind] ?? 0n)]));
  const others = Object.entries(kinds).filter(
    ([kind, quantity]) => quantity !== 0n && !OWN_KINDS.some((name) => name === kind),
  );
  return { ...own, other_kinds: Object.fromEntries(others.map(([k, q]) => [k, signed(q)])) };
};

const amountText = ({ rated, sign }: Effect): string => {
  const { amount, scale } = rated;
  const text = trimZeros(formatPrice({ mantissa: amount, scale }));
  return sign === 1 || amount === 0n ? text : `-${text}`;
};

interface Adding {
  readonly halves: Halves;
  readonly name: CorrectionName;
  readonly code: string | null;
}

type EffectOf = Effect & { readonly revision: bigint };

export class Changes {
  private readonly added = new Map<string, Record<string, unknown>>();
  private readonly codes = new Map<string, Halves & { revision: string; code: string | null }>();
  private readonly superseded: (Halves & { revision: string })[] = [];
  private readonly effects: object[] = [];
  /** Corrections by another centre than the call's, to be kept in the quarantine. */
  readonly asides: StoredCorrection[] = [];

  /** A correction that is new, and how it stands. */
  add(candidate: Candidate, { halves, name, code }: Adding): StoredCorrection {
    const event = eventAgain(candidate);
    const { tenant, centre, contract } = event;
    const own = identityOf(tenant, event.source, event.id);
    const { partition, record, payloadHash } = candidate;
    const { revision, action } = name;
    this.added.set(keyOf(halves, revision), {
      ...halves,
      revision: revision.toString(),
      tenant,
      source: event.source,
      id: event.id,
      own_h1: own.readBigInt64BE(0).toString(),
      own_h2: own.readBigInt64BE(8).toString(),
      call_source: name.source,
      call_id: name.id,
      action,
      centre,
      contract: contract === '' ? null : contract,
      code,
      event: toRowUsage(event),
      payload_hash: payloadHash,
      partition,
      offset: record.offset.toString(),
      since: toRowInstant(record.timestamp),
    });
    const { offset, timestamp: since } = record;
    return { ...halves, revision, action, code, payloadHash, event, partition, offset, since };
  }

  /** A correction stands otherwise now; null: it waits for nothing. */
  recode({ h1, h2 }: Halves, revision: bigint, code: string | null): void {
    const key = keyOf({ h1, h2 }, revision);
    const added = this.added.get(key);
    if (added === undefined) this.codes.set(key, { h1, h2, revision: revision.toString(), code });
    else added['code'] = code;
  }

  setAside(correction: StoredCorrection): void {
    this.recode(correction, correction.revision, 'CENTRE_MISMATCH');
    this.asides.push(correction);
  }

  supersede({ h1, h2 }: Halves, revision: bigint): void {
    this.superseded.push({ h1, h2, revision: revision.toString() });
  }

  /** `correction` brought the effect about; it is that record's place that the row names. */
  effect(correction: Candidate, { h1, h2 }: Halves, effect: EffectOf): void {
    const { counted, rated, sign, revision } = effect;
    this.effects.push({
      h1,
      h2,
      revision: revision.toString(),
      sign,
      time: toRowInstant(counted.time),
      dims: counted.dims.idText,
      price_version: rated.window.versionId.toString(),
      ...quantitiesOf(counted.kinds, sign),
      amount: amountText(effect),
      billing_state: rated.billingState,
      tenant: counted.dims.event.tenant,
      source: correction.source,
      id: correction.id,
      service_period: rated.servicePeriod,
      posting_period: rated.postingPeriod,
      payload_hash: counted.payloadHash,
      partition: correction.partition,
      offset: correction.record.offset.toString(),
    });
  }

  async write(tx: Tx): Promise<void> {
    const statements: readonly (readonly [sql: string, rows: readonly object[]])[] = [
      // What is set aside now gives its place to what is added for the same revision.
      [RECODE, [...this.codes.values()]],
      [ADD, [...this.added.values()]],
      [ADD_EFFECTS, this.effects],
      [SUPERSEDE, this.superseded],
    ];
    for (const [sql, rows] of statements) {
      if (rows.length > 0) await tx.query(sql, [JSON.stringify(rows)]);
    }
  }
}

const keyOf = ({ h1, h2 }: Halves, revision: bigint): string => `${h1}/${h2}/${revision}`;
