/**
 * What became of one event, by its name: where it ended, why, when and where in the log, and what
 * was said about it later.
 *
 * Shape       for a call its own state and the history of its versions; for a correction the call
 *             that it names and how it stands. No price and no amount: centres read this.
 * Invariant   an event that was accepted has one of I1's places, or was not read yet.
 * Source      I1; rulings R1, R3, R22
 */
import { formatInstant } from '@suanpan/calendar';
import { identityOf } from '@suanpan/messages';
import type { UsageRecorded } from '@suanpan/messages';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { billingStateName, compareKinds } from '@suanpan/pricing';
import { fromRowUsage } from '../rating/unpriced.js';
import type { CallName } from './find-call.js';
import { kindsOf } from './kind-columns.js';
import type { KindColumns } from './kind-columns.js';

interface Scope extends CallName {
  /** Only this centre's events; null: any. */
  readonly centre: string | null;
}

interface CallRow extends KindColumns {
  readonly time: string;
  readonly billing_state: 0 | 1;
  readonly service_period: string;
  readonly posting_period: string;
  readonly payload_hash: string;
  readonly partition: number;
  readonly offset: string;
  readonly contract: string;
  readonly centre: string;
  readonly model: string;
}

const CALL = `
select c.time, c.input, c.cached_input, c.cache_write, c.output, c.reasoning, c.other_kinds,
  c.billing_state, c.service_period, c.posting_period,
  encode(c.payload_hash, 'hex') as payload_hash, c.partition, c."offset", d.contract, d.centre,
  d.model_ordered as model
from call c join dimension_set d on d.id = c.dims where c.h1 = $1 and c.h2 = $2`;

interface UnpricedRow {
  readonly code: string;
  readonly event: string;
  readonly payload_hash: string;
  readonly partition: number;
  readonly offset: string;
  readonly since: string;
  readonly superseded_by: string | null;
}

const UNPRICED = `
select code, event, encode(payload_hash, 'hex') as payload_hash, partition, "offset", since,
  superseded_by
from unpriced where h1 = $1 and h2 = $2 and resolved_cut is null`;

interface CorrectionRow {
  readonly revision: string;
  readonly action: string;
  readonly source: string;
  readonly id: string;
  readonly call_source: string;
  readonly call_id: string;
  readonly centre: string;
  readonly code: string | null;
  readonly event: string;
  readonly payload_hash: string;
  readonly partition: number;
  readonly offset: string;
  readonly since: string;
  readonly counts: boolean;
}

const CORRECTION_FIELDS = `c.revision, c.action, c.source, c.id, c.call_source, c.call_id, c.centre,
  c.code, c.event, encode(c.payload_hash, 'hex') as payload_hash, c.partition, c."offset", c.since,
  c.code is null and not exists (select from correction later where later.h1 = c.h1
    and later.h2 = c.h2 and later.revision > c.revision and later.code is null) as counts`;

const HISTORY = `
select ${CORRECTION_FIELDS} from correction c where c.h1 = $1 and c.h2 = $2 order by c.revision`;
const BY_OWN_NAME = `
select ${CORRECTION_FIELDS} from correction c where c.own_h1 = $1 and c.own_h2 = $2
order by c.revision`;

const ASIDE = `
select reason, detail, partition, log_offset, first_seen, status from quarantine
where source = $1 and event_id = $2 and ($3::text is null or party = $3)
order by partition, log_offset limit 100`;

interface AsideRow {
  readonly reason: string;
  readonly detail: string;
  readonly partition: number;
  readonly log_offset: string;
  readonly first_seen: string;
  readonly status: string;
}

const toWireKinds = (kinds: Readonly<Record<string, bigint>>) =>
  Object.entries(kinds)
    .filter(([, quantity]) => quantity !== 0n)
    .sort(([one], [other]) => compareKinds(one, other))
    .map(([kind, quantity]) => ({ kind, quantity: quantity.toString() }));

/** What an event said, as far as its centre may read it again. */
const saidIn = (event: UsageRecorded) => ({
  time: formatInstant(event.time),
  contract: event.contract === '' ? null : event.contract,
  model: event.modelOrdered === '' ? null : event.modelOrdered,
  kinds: toWireKinds(event.kinds),
});

const callState = (row: CallRow) => ({
  state: 'rated',
  code: null,
  time: formatInstant(fromRowInstant(row.time)),
  contract: row.contract,
  model: row.model,
  kinds: toWireKinds(Object.fromEntries(kindsOf(row))),
  billingState: billingStateName(row.billing_state),
  servicePeriod: row.service_period,
  postingPeriod: row.posting_period,
  payloadHash: row.payload_hash,
  partition: row.partition,
  offset: row.offset,
});

const unpricedState = (row: UnpricedRow, event: UsageRecorded) => ({
  state: row.superseded_by === null ? 'unpriced' : 'rated',
  code: row.superseded_by === null ? row.code : null,
  ...saidIn(event),
  billingState: null,
  servicePeriod: null,
  postingPeriod: null,
  payloadHash: row.payload_hash,
  partition: row.partition,
  offset: row.offset,
});

const isMismatch = ({ code }: CorrectionRow): boolean => code === 'CENTRE_MISMATCH';

const stateOf = (row: CorrectionRow): string => {
  if (row.code === null) return 'rated';
  return isMismatch(row) ? 'quarantined' : 'unpriced';
};

const toWireVersion = (row: CorrectionRow) => ({
  revision: row.revision,
  action: row.action,
  source: row.source,
  id: row.id,
  state: stateOf(row),
  code: row.code,
  /** Whether this is the version that is billed; a void bills nothing. */
  counts: row.counts,
  ...saidIn(fromRowUsage(row.event)),
  payloadHash: row.payload_hash,
  partition: row.partition,
  offset: row.offset,
  recordedAt: formatInstant(fromRowInstant(row.since)),
});

const toWireAside = (row: AsideRow) => ({
  state: row.reason === 'CONFLICT' ? 'conflict' : 'quarantined',
  code: row.reason,
  detail: row.detail,
  status: row.status,
  partition: row.partition,
  offset: row.log_offset,
  recordedAt: formatInstant(fromRowInstant(row.first_seen)),
});

interface Found {
  readonly centre: string;
  readonly state: object;
}

const findCallState = async (tx: Tx, halves: readonly string[]): Promise<Found | undefined> => {
  const [row] = await tx.query<CallRow>(CALL, halves);
  if (row !== undefined) return { centre: row.centre, state: callState(row) };
  const [unpriced] = await tx.query<UnpricedRow>(UNPRICED, halves);
  if (unpriced === undefined) return undefined;
  const event = fromRowUsage(unpriced.event);
  return { centre: event.centre, state: unpricedState(unpriced, event) };
};

const visibleTo = (centre: string | null, owner: string): boolean =>
  centre === null || centre === owner;

/** What became of the events of that name; nothing when the scope sees none. */
export const findEvent = async (tx: Tx, scope: Scope): Promise<object | undefined> => {
  const { source, id, centre } = scope;
  const identity = identityOf(scope.tenant, source, id);
  const halves = [identity.readBigInt64BE(0).toString(), identity.readBigInt64BE(8).toString()];
  const call = await findCallState(tx, halves);
  const history = await tx.query<CorrectionRow>(HISTORY, halves);
  const own = await tx.query<CorrectionRow>(BY_OWN_NAME, halves);
  const aside = await tx.query<AsideRow>(ASIDE, [source, id, centre]);
  const isMine = call === undefined || visibleTo(centre, call.centre);
  const versions = history.filter((row) => isMine && visibleTo(centre, row.centre));
  const corrections = own.filter((row) => visibleTo(centre, row.centre));
  const state = isMine ? call?.state : undefined;
  if (state === undefined && [...versions, ...corrections, ...aside].length === 0) return undefined;
  return {
    source,
    id,
    call: state ?? null,
    history: versions.map(toWireVersion),
    corrects: corrections.map((row) => ({
      call: { source: row.call_source, id: row.call_id },
      ...toWireVersion(row),
    })),
    setAside: aside.map(toWireAside),
  };
};
