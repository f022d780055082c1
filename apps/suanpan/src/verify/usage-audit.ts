import { decode, type UsageRecorded, usageOwnerOf } from '@suanpan/messages';

import { type Catalogue, keyOf, type Mark, type Trial } from './catalogue.js';
import type { Tally } from './findings.js';
import {
  type Action,
  type Effect,
  History,
  newStanding,
  type Said,
  type Standing,
  type Version,
  wantsPrice,
} from './history.js';
import { halvesOf, identityOf, partitionOf } from './identity.js';
import type { LogRecord, PartitionLog } from './log.js';
import { payloadHashOf } from './payload.js';
import type { ExpectedRating } from './rating.js';

/**
 * How each record of one partition of usage.recorded must have ended, from the raw log and the facts it saw.
 *
 * Shape       records in the order of their offsets, later trials between them; what a call and its corrections do
 *             to each other is ./history. A key is the identity of the call that the record speaks of.
 * Source      R3, R9, design.md 3.5, I1
 */
export interface AuditedRecord {
  readonly offset: bigint;
  readonly standing: Standing;
  readonly event: UsageRecorded | null;
  readonly owner: RecordOwner;
  readonly payloadHash: Buffer | null;
  /** Of the call that it speaks of. */
  readonly identity: Buffer | null;
  /** What it became; null for a duplicate, a conflict and what was set aside at once. */
  readonly version: Version | null;
}

/** Under whose name, and on which day, a record is counted. */
export interface RecordOwner {
  /** Empty where neither the event nor a header names it. */
  readonly tenant: string;
  readonly centre: string;
  /** The event's own; of what is unreadable, when the log took it. */
  readonly time: bigint;
}

/** What one version adds to sums, or what is taken back of it. */
export interface Term {
  readonly event: UsageRecorded;
  readonly payloadHash: Buffer;
  readonly rating: ExpectedRating;
  readonly sign: bigint;
}

/** An effect with the call that it belongs to. */
export interface AuditedEffect extends Effect {
  readonly identity: Buffer;
}

export interface AuditedPartition {
  readonly records: readonly AuditedRecord[];
  readonly effects: readonly AuditedEffect[];
}

const decoded = (record: LogRecord): UsageRecorded | null => {
  try {
    const message = decode(record.value);
    return message.type === 'usage.recorded' ? message.value : null;
  } catch {
    return null;
  }
};

const TEXT_LENGTH_MAX = 256;

const nameIn = (text: string | undefined): string | null =>
  text === undefined || text === '' || text.includes('\0') ? null : text.slice(0, TEXT_LENGTH_MAX);

/** What is set aside for its bytes is its sender's all the same: the first fields say whose. */
const ownerOfAside = (
  { value, timestamp }: LogRecord,
  event: UsageRecorded | null,
): RecordOwner => {
  const names = event ?? usageOwnerOf(value);
  return {
    tenant: nameIn(names?.tenant) ?? '',
    centre: nameIn(names?.centre) ?? '',
    time: timestamp,
  };
};

const ACTIONS: readonly Action[] = ['correct', 'void'];

/** What the event does to which revision; null when it names none. */
const saidOf = (event: UsageRecorded, offset: bigint): Said | null => {
  const { correction, correctsId, revision } = event;
  const base = { offset, event, payloadHash: payloadHashOf(event) };
  if (correction === null) return { ...base, revision: 0n, action: 'call' };
  const action = ACTIONS.find((known) => known === correction);
  if (action === undefined || correctsId === null || revision === null || revision < 1n)
    return null;
  return { ...base, revision, action };
};

/** The identity of the call that an event is or speaks of. */
export const calledBy = (event: UsageRecorded): Buffer =>
  event.correction === null
    ? identityOf(event.tenant, event.source, event.id)
    : identityOf(event.tenant, event.correctsSource ?? event.source, event.correctsId ?? '');

const isBeyond = (one: Mark, other: Mark): boolean => {
  const at = one.findIndex((part, index) => part !== other[index]);
  return at !== -1 && (one[at] ?? 0n) > (other[at] ?? 0n);
};

interface Waiting {
  readonly mark: Mark;
  readonly history: History;
  readonly version: Version;
}

interface Kept {
  readonly history: History;
  readonly version: Version;
  readonly identity: Buffer;
}

export class PartitionAudit {
  private readonly histories = new Map<string, History>();
  /** By tenant and contract: what has no price yet. */
  private readonly waiting = new Map<string, Map<Version, Waiting>>();

  constructor(
    private readonly catalogue: Catalogue,
    private readonly partition: number,
    private readonly wellFormed: Tally,
  ) {}

  private judge(record: LogRecord): AuditedRecord {
    const { offset, partition } = record;
    const standing = newStanding();
    const event = decoded(record);
    const said = event === null ? null : saidOf(event, offset);
    const identity = event === null ? null : calledBy(event);
    const isOwnKey = identity !== null && record.key?.equals(identity) === true;
    const isOwnTenant = (record.headers['tenant'] ?? event?.tenant) === event?.tenant;
    if (said === null || identity === null || !isOwnKey || !isOwnTenant) {
      // Without a key nobody reads on.
      const owner = ownerOfAside(record, record.key === null ? null : event);
      const nothing = { event: null, payloadHash: null, identity: null, version: null };
      return { offset, standing, owner, ...nothing };
    }
    const name = identity.toString('latin1');
    const history = this.histories.get(name) ?? new History();
    this.histories.set(name, history);
    const version = history.arrive(said, standing, this.catalogue.at(partition, offset));
    if (version !== null) {
      // A call that comes also gives those that waited for it a reason to wait for a price.
      for (const each of history.versions) this.await({ history, version: each, identity });
    }
    const { payloadHash } = said;
    const { tenant, centre, time } = said.event;
    const owner = { tenant, centre, time };
    return { offset, standing, event: said.event, owner, payloadHash, identity, version };
  }

  private await({ history, version, identity }: Kept): void {
    if (!wantsPrice(version)) return;
    const contract = keyOf(version.event.tenant, version.event.contract);
    const own = this.waiting.get(contract) ?? new Map<Version, Waiting>();
    this.waiting.set(contract, own);
    const [h1, h2] = halvesOf(identity);
    own.set(version, { mark: [BigInt(h1), BigInt(h2), version.revision], history, version });
  }

  /** Versions of one contract between two bounds, in the order of identities and revisions. */
  private tryAgain(trial: Trial): void {
    const { contract, after, upTo } = trial;
    const own = this.waiting.get(contract) ?? new Map<Version, Waiting>();
    const inOrder = [...own.values()].sort((a, b) => (isBeyond(a.mark, b.mark) ? 1 : -1));
    for (const { mark, history, version } of inOrder) {
      const isInside = !isBeyond(mark, upTo) && (after === null || isBeyond(mark, after));
      if (isInside && wantsPrice(version)) history.tryAgain(version, trial);
      if (!wantsPrice(version)) own.delete(version);
    }
  }

  private checkPlace(offset: bigint, expected: bigint, identity: Buffer | null): void {
    const where = (at: bigint): string => `usage.recorded ${this.partition}/${at}`;
    const gap = offset === expected ? null : `${where(expected)} is missing`;
    const belongs = identity === null ? this.partition : partitionOf(identity);
    const misplaced =
      belongs === this.partition ? null : `${where(offset)} belongs to partition ${belongs}`;
    this.wellFormed.see(gap ?? misplaced);
  }

  private effects(): readonly AuditedEffect[] {
    return [...this.histories].flatMap(([name, { effects }]) =>
      effects.map((effect) => ({ ...effect, identity: Buffer.from(name, 'latin1') })),
    );
  }

  /** All records of the partition are looked at; those before `end` are judged, in order. */
  run({ low, records }: PartitionLog, end: bigint | null = null): AuditedPartition {
    if (low > 0n) {
      const name = `usage.recorded ${this.partition}/0`;
      this.wellFormed.violate(`${name}: the log begins at ${low}, not at 0`);
    }
    const trials = this.catalogue.trials(this.partition);
    let [expected, tried] = [low, 0];
    const audited: AuditedRecord[] = [];
    for (const record of records) {
      const { offset } = record;
      const before = expected;
      expected = offset + 1n;
      if (end !== null && offset >= end) {
        this.checkPlace(offset, before, null);
        continue;
      }
      for (; tried < trials.length; tried += 1) {
        const [trial, from] = trials[tried] ?? [];
        if (trial === undefined || from === undefined || from > offset) break;
        this.tryAgain(trial);
      }
      const judged = this.judge(record);
      this.checkPlace(offset, before, judged.identity);
      audited.push(judged);
    }
    for (const [trial] of trials.slice(tried)) this.tryAgain(trial);
    return { records: audited, effects: this.effects() };
  }
}

/** Everything that the partition's buckets are sums of: priced calls, and what was added and taken back. */
export function* termsOf({ records, effects }: AuditedPartition): Generator<Term> {
  for (const { version } of records) {
    if (version === null || version.action !== 'call' || version.rating === null) continue;
    const { event, payloadHash, rating } = version;
    yield { event, payloadHash, rating, sign: 1n };
  }
  for (const { version, rating, sign } of effects) {
    yield { event: version.event, payloadHash: version.payloadHash, rating, sign };
  }
}
