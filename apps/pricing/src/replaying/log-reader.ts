/**
 * Reads the usage log from its first offset up to given vectors, one after the other.
 *
 * Units       milliseconds
 * Invariant   what is beyond the vector is not applied, however far a fetch reached: the partition
 *             pauses there and goes on from there.
 * Rejections  none; Unavailable LOG_STALLED when nothing arrives any more
 * Source      ruling R2
 */
import { Unavailable } from '@suanpan/event-sourcing';
import type { LoggedRecord } from '@suanpan/platform-kafka';
import type { Consumer, EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs';

export interface ReadRange {
  readonly partition: number;
  readonly records: readonly LoggedRecord[];
}

export interface LogReaderOptions {
  readonly kafka: Kafka;
  /** The topic's name on the broker. */
  readonly topic: string;
  /** A group that nobody else uses. */
  readonly groupId: string;
  readonly apply: (range: ReadRange) => Promise<void>;
}

const STALLED_MS = 60_000;
const STEP_MS = 20;
const MICROS_PER_MILLI = 1_000n;

const textOf = (value: IHeaders[string]): string => {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined ? '' : first.toString();
};

const toRecord = (message: KafkaMessage): LoggedRecord => ({
  offset: BigInt(message.offset),
  key: message.key,
  value: message.value,
  headers: Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, value]) => [name, textOf(value)]),
  ),
  timestamp: BigInt(message.timestamp) * MICROS_PER_MILLI,
});

export class LogReader {
  private readonly consumer: Consumer;
  private readonly next: bigint[];
  private target: readonly bigint[];
  private running = false;
  private failure: unknown;
  private activeAt = 0;

  constructor(
    private readonly options: LogReaderOptions,
    partitions: number,
  ) {
    this.consumer = options.kafka.consumer({ groupId: options.groupId });
    this.next = Array.from({ length: partitions }, () => 0n);
    this.target = this.next;
  }

  /** Applies everything below `target` that was not applied before. */
  async advance(target: readonly bigint[]): Promise<void> {
    this.target = target;
    if (this.isThere()) return;
    if (this.running) this.resume();
    else await this.begin();
    this.activeAt = performance.now();
    while (!this.isThere()) {
      if (this.failure !== undefined) throw this.failure;
      if (performance.now() - this.activeAt > STALLED_MS) {
        throw new Unavailable('LOG_STALLED', `${this.options.topic} gives nothing any more.`);
      }
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
  }

  async close(): Promise<void> {
    await this.consumer.disconnect();
  }

  private isThere(): boolean {
    return this.target.every((end, partition) => (this.next[partition] ?? 0n) >= end);
  }

  private resume(): void {
    const { topic } = this.options;
    for (const [partition, end] of this.target.entries()) {
      const next = this.next[partition] ?? 0n;
      if (next >= end) continue;
      this.consumer.seek({ topic, partition, offset: next.toString() });
      this.consumer.resume([{ topic, partitions: [partition] }]);
    }
  }

  private async begin(): Promise<void> {
    this.running = true;
    await this.consumer.connect();
    await this.consumer.subscribe({ topic: this.options.topic, fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        if (this.failure !== undefined) return;
        await this.take(payload).catch((error: unknown) => {
          this.failure = error;
        });
      },
    });
  }

  private async take({ batch, resolveOffset, heartbeat, pause }: EachBatchPayload): Promise<void> {
    const { partition } = batch;
    const end = this.target[partition] ?? 0n;
    const next = this.next[partition] ?? 0n;
    const records = batch.messages
      .map(toRecord)
      .filter(({ offset }) => offset >= next && offset < end);
    const last = records.at(-1);
    if (last !== undefined) {
      await this.options.apply({ partition, records });
      this.next[partition] = last.offset + 1n;
      resolveOffset(last.offset.toString());
      this.activeAt = performance.now();
    }
    if ((this.next[partition] ?? 0n) >= end) pause();
    await heartbeat();
  }
}
