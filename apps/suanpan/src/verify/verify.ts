import { checkAccruals } from './accrual-check.js';
import { readAgreements } from './agreements.js';
import { Billable } from './billable.js';
import { checkBatches, type BatchRow, streamBatches } from './batch-check.js';
import {
  type BucketRow,
  bucketsOf,
  checkBuckets,
  checkTokenSums,
  streamBuckets,
} from './bucket-check.js';
import { type CallRow, checkCalls, streamCalls } from './call-check.js';
import {
  checkCorrections,
  type CorrectionRow,
  type EffectRow,
  streamCorrections,
  streamEffects,
} from './correction-check.js';
import { type Catalogue, readCatalogue } from './catalogue.js';
import { checkCatalogue } from './catalogue-check.js';
import { checkCounts, countsOf, type PartitionCounts } from './count-check.js';
import { openSnapshot, type Snapshot } from './database.js';
import { checkDocuments } from './document-check.js';
import type { Finding } from './findings.js';
import { checkFx } from './fx-check.js';
import { checkInvoices, readInvoices } from './invoice-check.js';
import { checkLedger } from './ledger-check.js';
import { Lockstep } from './lockstep.js';
import { type KafkaAccess, type PartitionLog, readTopics, type TopicLog } from './log.js';
import { checkNumbers } from './number-check.js';
import { checkOutboxes } from './outbox-check.js';
import { waitUntilQuiet } from './quiescence.js';
import { checkSenders } from './sender-check.js';
import { checkSplits } from './split-check.js';
import { checkStatements } from './statement-check.js';
import { checkAllStreams } from './stream-check.js';
import { Tallies } from './tallies.js';
import { checkTenants } from './tenant-check.js';
import { type AuditedPartition, PartitionAudit, termsOf } from './usage-audit.js';

/**
 * The independent auditor: reads the raw log and the senders' journal, computes everything again with arithmetic
 * of its own, and holds it against what the services have stored.
 *
 * Owns        the order of the checks. What each of them means is in its own module.
 * Source      design.md 4 (I1 to I10), reliability 8
 */
export interface VerifyOptions {
  readonly databaseUrl: string;
  readonly kafka: KafkaAccess;
  /** Where the senders keep their journal; absent: no senders to ask. */
  readonly journal: string;
  /** How long to wait for what is under way. */
  readonly waitMs: number;
}

const TOPICS = [
  ...['usage.recorded', 'usage.refused', 'usage.quarantined', 'usage.rated'],
  ...['contract', 'price-table', 'period', 'invoice', 'agreement', 'statement'],
  ...['settlement', 'payment', 'fx-rate', 'chain.head'],
];

interface Streams {
  readonly calls: Lockstep<CallRow>;
  readonly corrections: Lockstep<CorrectionRow>;
  readonly effects: Lockstep<EffectRow>;
  readonly buckets: Lockstep<BucketRow>;
  readonly batches: Lockstep<BatchRow>;
}

interface Context {
  readonly snapshot: Snapshot;
  readonly logs: ReadonlyMap<string, TopicLog>;
  readonly catalogue: Catalogue;
  readonly tallies: Tallies;
}

/** One partition of usage.recorded: log copy, calls, corrections, buckets and their sums. */
const auditPartition = async (
  { catalogue, tallies }: Context,
  { partition, log, streams }: { partition: number; log: PartitionLog; streams: Streams },
): Promise<AuditedPartition> => {
  const batches = await streams.batches.take(partition);
  // What was not read yet is under way, and counted as such; it can be in no table.
  const last = batches.at(-1)?.last_offset;
  const end = last === undefined ? log.low : BigInt(last) + 1n;
  const audited = new PartitionAudit(catalogue, partition, tallies.of('log')).run(log, end);
  const { records } = audited;
  checkBatches({ partition, audited: records, rows: batches }, tallies.of('batches'));
  const unread = log.records.length - records.length;
  if (unread > 0) {
    tallies
      .of('liveness')
      .violate(`usage.recorded ${partition}: ${unread} records are not read yet`);
  }
  const calls = await streams.calls.take(partition);
  const buckets = await streams.buckets.take(partition);
  const corrections = await streams.corrections.take(partition);
  const effects = await streams.effects.take(partition);
  checkCalls(partition, records, { rows: calls, tally: tallies.of('calls') });
  const tables = { corrections, effects };
  checkCorrections({ partition, audited }, tables, tallies.of('corrections'));
  checkBuckets(bucketsOf(termsOf(audited)), buckets, tallies.of('buckets'));
  checkTokenSums([...calls, ...effects], buckets, tallies.of('tokens'));
  return audited;
};

/**
 * All of usage, partition by partition: of the tables no more than one partition is in memory. The raw log is, whole
 * (./log), because the senders are held against all of it at once: a larger log needs a larger heap.
 */
const auditUsage = async (context: Context): Promise<Billable> => {
  const { snapshot, logs, tallies } = context;
  const streams = {
    calls: new Lockstep(streamCalls(snapshot)),
    corrections: new Lockstep(streamCorrections(snapshot)),
    effects: new Lockstep(streamEffects(snapshot)),
    buckets: new Lockstep(streamBuckets(snapshot)),
    batches: new Lockstep(streamBatches(snapshot)),
  };
  const billable = new Billable();
  const counts: PartitionCounts[] = [];
  const endings = [];
  for (const [partition, log] of logs.get('usage.recorded') ?? []) {
    const audited = await auditPartition(context, { partition, log, streams });
    billable.add(termsOf(audited));
    counts.push(countsOf(partition, audited.records));
    const kept = audited.records.filter(({ standing }) => standing.first !== 'rated');
    endings.push({ partition, audited: kept });
  }
  await checkCounts(snapshot, { counts, endings }, tallies);
  await checkAccruals(snapshot, tallies.of('accruals'));
  return billable;
};

const auditMoney = async (context: Context, billable: Billable): Promise<void> => {
  const { snapshot, logs, catalogue, tallies } = context;
  const invoices = await readInvoices(snapshot);
  checkInvoices(
    invoices,
    { catalogue, billable },
    {
      lines: tallies.of('invoice lines'),
      totals: tallies.of('invoice totals'),
      provenance: tallies.of('provenance'),
    },
  );
  await checkNumbers(snapshot, tallies.of('numbers'));
  const agreements = readAgreements(logs.get('agreement'));
  await checkSplits(snapshot, invoices, {
    facts: { billable, agreements },
    tallies: { sums: tallies.of('split sums'), shares: tallies.of('split shares') },
  });
  await checkStatements(snapshot, tallies.of('statements'));
  await checkLedger(snapshot, {
    zero: tallies.of('entries'),
    trial: tallies.of('trial balance'),
    chain: tallies.of('journal chain'),
  });
  await checkFx(snapshot, logs, tallies);
  await checkDocuments(snapshot, logs, tallies.of('documents'));
};

const auditProofs = async ({ snapshot, logs, catalogue, tallies }: Context): Promise<void> => {
  await checkCatalogue(snapshot, { logs, catalogue }, tallies.of('catalogue'));
  await checkAllStreams(snapshot, logs.get('chain.head'), {
    streams: tallies.of('streams'),
    heads: tallies.of('heads'),
  });
  await checkOutboxes(snapshot, logs, tallies.of('outboxes'));
  await checkTenants(snapshot, { rows: tallies.of('tenants'), walls: tallies.of('walls') });
};

const quiet = async (options: VerifyOptions, tallies: Tallies): Promise<void> => {
  const { records, messages } = await waitUntilQuiet(
    options.databaseUrl,
    options.kafka,
    options.waitMs,
  );
  const fault = `${records} records are unread and ${messages} messages unsent after ${options.waitMs} ms`;
  tallies.of('liveness').see(records + messages === 0n ? null : fault);
};

/** Runs every check and gives one finding for each, in the order of the invariants. */
export const verify = async (options: VerifyOptions): Promise<readonly Finding[]> => {
  const tallies = new Tallies();
  await quiet(options, tallies);
  // The picture first: the log may only be longer than what the picture knows of it.
  const snapshot = await openSnapshot(options.databaseUrl);
  try {
    const logs = await readTopics(options.kafka, TOPICS);
    const catalogue = await readCatalogue(snapshot);
    const context = { snapshot, logs, catalogue, tallies };
    checkSenders(
      {
        folder: options.journal,
        recorded: logs.get('usage.recorded'),
        refused: logs.get('usage.refused'),
      },
      {
        lost: tallies.of('lost'),
        invented: tallies.of('invented'),
        refused: tallies.of('refused'),
      },
    );
    const billable = await auditUsage(context);
    await auditMoney(context, billable);
    await auditProofs(context);
    return tallies.findings();
  } finally {
    await snapshot.close();
  }
};
