/**
 * Makes a batch handler out of message handlers: one transaction a batch, poison set aside.
 *
 * Shape       decode, inbox, handlers, in the order of the log. What cannot be decoded goes to the
 *             quarantine in the same transaction. When a handler fails, the batch is halved until
 *             the message stands alone; alone it is tried again, then quarantined.
 * Invariant   offset, effects, outbox and quarantine commit together; healthy neighbours of a
 *             poison message are stored (B60–B62).
 * Source      reliability D08, design rulings R12, R13
 */
import { Malformed } from '@suanpan/event-sourcing';
import { decode } from '@suanpan/messages';
import { crashPoint } from '@suanpan/platform-observability';
import { advanceOffset, enterTenant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { HaltPartition } from './breaker.js';
import type { Breaker } from './breaker.js';
import { detailOf, isAboveMessage, isPoison, reasonOf } from './faults.js';
import type { LogBatch, LogBatchHandle, LogMessageHandle, LoggedRecord } from './handlers.js';
import { applyTo, skipIn } from './message-apply.js';
import type { Readable, Receivers } from './message-apply.js';
import { countQuarantined, quarantinePoison } from './quarantine.js';
import type { Poison } from './quarantine.js';
import { sleep } from './session.js';
import type { Session } from './session.js';

const ATTEMPTS_MAX = 5;
/** Short: a store that is away is told apart by its error; here only chance is given a chance. */
const PAUSE_MS = 10;

/** A record that is to be set aside, and why. */
interface Unreadable {
  readonly record: LoggedRecord;
  readonly error: unknown;
  readonly attempts: number;
}

type Item = Readable | Unreadable;

const read = (record: LoggedRecord): Item => {
  try {
    return { record, decoded: decode(record.value) };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { record, error, attempts: 1 };
  }
};

/** A message on its way to the quarantine. */
type Aside = Omit<Poison, 'reason' | 'detail' | 'seenAt'> & { readonly error: unknown };

const asideOf = (
  { topic, partition }: LogBatch,
  { record, error, attempts }: Unreadable,
): Aside => ({
  topic,
  partition,
  offset: record.offset,
  raw: record.value,
  tenant: record.headers['tenant'] ?? null,
  attempts,
  error,
});

const after = (breaker: Breaker, item: Item): Breaker =>
  'error' in item
    ? breaker.defect(item.record.headers['tenant'] ?? null, isPoison(item.error))
    : breaker.good();

export class MessageWork {
  /** How far a batch is stored: when a later part of its call fails, the whole call is repeated. */
  private readonly stored = new WeakMap<LogBatch, bigint>();

  constructor(
    private readonly session: Session,
    private readonly handles: readonly LogMessageHandle[],
  ) {}

  readonly handle: LogBatchHandle = async (batches) => {
    for (const batch of batches) {
      const from = this.stored.get(batch) ?? batch.firstOffset;
      const left = batch.messages.filter(({ offset }) => offset >= from);
      await this.storeGuarded(batch, left.map(read));
    }
  };

  /** Stores up to the record at which the breaker opens, then halts. */
  private async storeGuarded(batch: LogBatch, items: readonly Item[]): Promise<void> {
    const { topic, partition } = batch;
    let { breaker } = this.stateOf(batch);
    const opening = items.findIndex((item) => (breaker = after(breaker, item)).open);
    if (opening < 0) return this.store(batch, items);
    await this.store(batch, items.slice(0, opening));
    const last = items[opening];
    const detail = last !== undefined && 'error' in last ? detailOf(last.error) : '';
    throw new HaltPartition('BREAKER', `Too many defects in a row: ${detail}`, {
      topic,
      partition,
    });
  }

  /** Stores a run of records, halving it when one of them fails. */
  private async store(batch: LogBatch, items: readonly Item[]): Promise<void> {
    const [first] = items;
    if (first === undefined) return;
    try {
      await this.inTransaction(batch, items);
    } catch (error) {
      if (isAboveMessage(error)) throw error;
      if (items.length === 1) return this.storeAlone(batch, first, error);
      const half = items.length >> 1;
      await this.store(batch, items.slice(0, half));
      await this.store(batch, items.slice(half));
    }
  }

  /** A record that failed alone: again while it may be chance, then the quarantine. */
  private async storeAlone(batch: LogBatch, item: Item, first: unknown): Promise<void> {
    let error = first;
    for (let attempt = 1; attempt < ATTEMPTS_MAX && !isPoison(error); attempt += 1) {
      await sleep(PAUSE_MS * attempt);
      try {
        return await this.inTransaction(batch, [item]);
      } catch (again) {
        if (isAboveMessage(again)) throw again;
        error = again;
      }
    }
    const attempts = isPoison(error) ? 1 : ATTEMPTS_MAX;
    const { topic, partition } = batch;
    const reason = reasonOf(error);
    const detail = detailOf(error);
    // To set a record aside that cannot be set aside would go on for ever.
    if ('error' in item) throw new HaltPartition(reason, detail, { topic, partition });
    await this.storeGuarded(batch, [{ record: item.record, error, attempts }]);
  }

  private async inTransaction(batch: LogBatch, items: readonly Item[]): Promise<void> {
    const from = items[0]?.record.offset ?? batch.firstOffset;
    const to = (items.at(-1)?.record.offset ?? batch.lastOffset) + 1n;
    await this.session.options.db.transaction(async (tx) => {
      await advanceOffset(tx, batch.claim, from, to);
      await tx.query(`select set_config('app.scope', 'platform', true)`);
      await enterTenant(tx, { tenant: '' });
      const receivers = this.receivers(tx);
      const apply = applyTo(tx, batch, receivers);
      const skip = skipIn(tx, batch, receivers);
      for (const item of items) {
        if ('decoded' in item) await apply(item);
        else {
          await this.setAside(tx, asideOf(batch, item));
          await skip(item.record);
        }
      }
      crashPoint('log:effects-before-commit');
    });
    this.stored.set(batch, to);
    this.session.partitions.touch(batch.topic, batch.partition);
    const state = this.stateOf(batch);
    state.breaker = items.reduce(after, state.breaker);
  }

  private receivers(tx: Tx): Receivers {
    return {
      handles: this.handles,
      setAside: ({ source, partition, offset, tenant, value }, error) =>
        this.setAside(tx, { topic: source, partition, offset, tenant, raw: value, error }),
    };
  }

  private async setAside(tx: Tx, { error, ...poison }: Aside): Promise<void> {
    const { topic, partition, offset } = poison;
    const { seal, announce } = this.session.options;
    const reason = reasonOf(error);
    const detail = detailOf(error);
    if (seal === undefined) throw new HaltPartition(reason, detail, { topic, partition });
    this.session.logger.error({ topic, partition, offset, reason }, 'A message is quarantined.');
    const seenAt = this.session.clock.now();
    const whole = { ...poison, reason, detail, seenAt };
    await quarantinePoison(tx, whole, { seal, announce: announce === true });
    countQuarantined(whole);
  }

  private stateOf({ topic, partition }: LogBatch) {
    return this.session.partitions.at(topic, partition);
  }
}
