/**
 * The rating of whole batches: one transaction for a group of partitions.
 *
 * Shape       read (no I/O) → offsets → catalogue → claim → sums → batches → outbox → commit.
 * Invariant   offset, calls, sums, quarantine and messages commit together or not at all; each
 *             record ends in exactly one of I1's places; the outcome does not depend on how the
 *             log was cut into batches.
 * Source      design.md 3.2–3.6; rulings R1, R2, R6, R7, R12, R14, R15; reliability.md D01
 */
import type { Breaker, LogBatch } from '@suanpan/platform-kafka';
import { quarantinePoison } from '@suanpan/platform-kafka';
import { crashPoint } from '@suanpan/platform-observability';
import { advanceOffset, enqueue } from '@suanpan/platform-postgres';
import type { Database, Tx, Vault } from '@suanpan/platform-postgres';
import { encode, identityOf } from '@suanpan/messages';
import type { Catalogue } from '@suanpan/pricing';
import { rate } from '@suanpan/pricing';
import type { StoredCorrection } from '../corrections/history-rows.js';
import { CENTRE_MISMATCH, settleCorrections } from '../corrections/settle-corrections.js';
import type { Candidate, PoisonRecord } from './candidate.js';
import { USAGE_TOPIC } from '../cuts/cut.js';
import { CatalogueCache } from './catalogue-cache.js';
import { claimAll } from './claims.js';
import { breakerAfter, Breakers } from './defect-breaker.js';
import { DimensionCache } from './dimensions.js';
import { toWireRated } from './rated-message.js';
import { isPoison, readUsage } from './read-usage.js';
import type { Slice } from './slices.js';
import { slicesOf } from './slices.js';
import { requireStaging, stagingCommitted } from './staging.js';
import type { Interned } from './store-sums.js';
import { addBatches, addBuckets, addCounts, intern } from './store-sums.js';

export interface RatingOptions {
  /** The pipeline role's connection. */
  readonly db: Database;
  readonly seal: Vault['seal'];
  /** False in replay: nothing is told to anyone. */
  readonly announce?: boolean;
}

type Read = Candidate | PoisonRecord;

interface ReadBatch {
  readonly batch: LogBatch;
  readonly reads: readonly Read[];
  /** Kept once the batch is stored. */
  readonly breaker: Breaker;
}

/** What a transaction leaves behind for after its commit. */
export interface Effects {
  readonly client: object;
  readonly interned: Interned;
}

interface Stored {
  readonly effects: Effects;
  readonly reasons: readonly string[];
}

const isCandidate = (read: Read): read is Candidate => !isPoison(read);

const isSetAside = (read: Read): boolean =>
  isPoison(read) || read.outcome === 'conflict' || read.outcome === 'quarantined';

const candidatesOf = (reads: readonly ReadBatch[]): readonly Candidate[] =>
  reads.flatMap((each) => each.reads.filter(isCandidate));

const CONFLICT = 'The same source and id, or revision, came before with another payload.';
const MISMATCH = 'The call that it corrects is of another centre.';

/** A readable event that is set aside. */
const asPoison = (candidate: Candidate): PoisonRecord => {
  const { record, partition, dims, source, id } = candidate;
  const isConflict = candidate.outcome === 'conflict';
  return {
    record,
    partition,
    reason: isConflict ? 'CONFLICT' : CENTRE_MISMATCH,
    detail: isConflict ? CONFLICT : MISMATCH,
    tenant: dims.event.tenant,
    party: dims.event.centre,
    sentBy: null,
    source,
    id,
  };
};

/** A correction that waited, and turned out to be of another centre than its call. */
const asLatePoison = ({ event, partition, offset, since }: StoredCorrection): PoisonRecord => {
  const { tenant, centre, source, id, correctsSource, correctsId } = event;
  return {
    record: {
      offset,
      key: identityOf(tenant, correctsSource ?? source, correctsId ?? id),
      value: encode('usage.recorded', event),
      headers: {},
      timestamp: since,
    },
    partition,
    reason: CENTRE_MISMATCH,
    detail: MISMATCH,
    tenant,
    party: centre,
    sentBy: null,
    source,
    id,
  };
};

export class RatingPipeline {
  readonly catalogue = new CatalogueCache();
  readonly dimensions = new DimensionCache();
  readonly breakers = new Breakers();
  private knownCells: Set<bigint> = new Set();

  constructor(private readonly options: RatingOptions) {}

  /**
   * Rates a group of batches; throws without effect, or has stored everything. Gives the reason of
   * each record that was set aside.
   */
  async rate(batches: readonly LogBatch[]): Promise<readonly string[]> {
    const ordered = [...batches].sort((one, other) => one.partition - other.partition);
    const { latest } = this.catalogue;
    const reads = this.readAll(ordered, latest);
    const stored = await this.options.db.transaction((tx) => this.store(tx, reads, latest));
    this.committed(stored.effects);
    for (const { batch, breaker } of reads) this.breakers.keep(batch.partition, breaker);
    crashPoint('rating.after-commit');
    return stored.reasons;
  }

  /** Remembers what is in the database for certain now. */
  committed({ client, interned }: Effects): void {
    stagingCommitted(client);
    for (const set of interned.dims) set.isStored = true;
    for (const { id } of interned.cells) this.knownCells.add(id);
  }

  /** Stores what slices changed, and tells the others; the calls themselves are stored already. */
  async storeSlices(tx: Tx, slices: readonly Slice[]): Promise<Effects> {
    const interned = await intern(tx, slices, this.knownCells);
    await addBuckets(tx, slices);
    crashPoint('rating.after-buckets');
    await addBatches(tx, slices);
    await addCounts(tx, slices);
    if (this.options.announce !== false) await enqueue(tx, slices.map(toWireRated));
    return { client: tx.client, interned };
  }

  private readAll(batches: readonly LogBatch[], catalogue: Catalogue): readonly ReadBatch[] {
    this.dimensions.trim();
    return batches.map((batch) => {
      const { partition } = batch;
      const reading = { partition, dimensions: this.dimensions, catalogue };
      const reads = batch.messages.map((record) => readUsage(record, reading));
      const breaker = breakerAfter(this.breakers.at(partition), batch, reads);
      return { batch, reads, breaker };
    });
  }

  private async store(tx: Tx, reads: readonly ReadBatch[], rated: Catalogue): Promise<Stored> {
    for (const { batch } of reads) {
      await advanceOffset(tx, batch.claim, batch.firstOffset, batch.lastOffset + 1n);
    }
    crashPoint('rating.after-offset');
    await requireStaging(tx);
    const candidates = candidatesOf(reads);
    const catalogue = await this.catalogue.inForce(tx);
    for (const candidate of candidates) {
      candidate.outcome = 'open';
      candidate.aftermath = null;
      if (catalogue !== rated) {
        candidate.rating = rate(candidate.dims.planIn(catalogue), candidate);
      }
    }
    await claimAll(
      tx,
      candidates.filter(({ correction }) => correction === null),
    );
    crashPoint('rating.after-insert');
    const { dimensions } = this;
    const changes = await settleCorrections(tx, candidates, { catalogue, dimensions });
    const reasons = await this.setAside(tx, reads, changes?.asides ?? []);
    const slices = reads.flatMap((each) => slicesOf(each.batch.partition, each.reads));
    const effects = await this.storeSlices(tx, slices);
    crashPoint('rating.before-commit');
    return { effects, reasons };
  }

  private async setAside(
    tx: Tx,
    reads: readonly ReadBatch[],
    late: readonly StoredCorrection[],
  ): Promise<readonly string[]> {
    const announce = this.options.announce !== false;
    const all = reads.flatMap((each) => each.reads.filter(isSetAside));
    const own = all.map((read) => (isPoison(read) ? read : asPoison(read)));
    const poisons = [...own, ...late.map(asLatePoison)];
    for (const poison of poisons) {
      const { record, partition } = poison;
      await quarantinePoison(
        tx,
        {
          topic: USAGE_TOPIC,
          partition,
          offset: record.offset,
          raw: record.value,
          reason: poison.reason,
          detail: poison.detail,
          tenant: poison.tenant,
          party: poison.party,
          identity: record.key,
          source: poison.source,
          id: poison.id,
          seenAt: record.timestamp,
        },
        { seal: this.options.seal, announce },
      );
    }
    return poisons.map(({ reason }) => reason);
  }
}
