/**
 * Ends a process that should make progress and does not; the supervisor starts it again.
 *
 * Shape       compares the log's end with the stored offset of each assigned partition.
 * Units       milliseconds
 * Source      reliability D18; kafkajs 659, 1720, 1593, 1152
 */
import { Gauge, metrics } from '@suanpan/platform-observability';
import { countParked } from '@suanpan/platform-postgres';
import { topicName } from '@suanpan/messages';
import type { Session } from './session.js';

const PARKED_ALARM_MS = 60_000;

const lagGauge = new Gauge({
  name: 'suanpan_log_lag',
  help: 'Records in the log that the group has not stored yet, by topic.',
  labelNames: ['topic'],
  registers: [metrics],
});

const parkedGauge = new Gauge({
  name: 'suanpan_parked_messages',
  help: 'Messages that have waited over 60 s for a predecessor.',
  registers: [metrics],
});

export class Watchdog {
  private timer: NodeJS.Timeout | undefined;
  private assigned: ReadonlyMap<string, readonly number[]> = new Map();
  private readonly waitingSince = new Map<string, number>();

  constructor(
    private readonly session: Session,
    private readonly exit: (reason: string) => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      void this.look().catch((error: unknown) => {
        // Without the log's ends nothing can be said; a broker that is away is no stall.
        this.session.logger.debug({ err: error }, 'The watchdog could not look.');
      });
    }, this.session.timing.watchMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The partitions that this worker has now, by the topics' names without a prefix. */
  assign(assigned: ReadonlyMap<string, readonly number[]>): void {
    this.assigned = assigned;
    this.waitingSince.clear();
  }

  private async look(): Promise<void> {
    for (const [topic, partitions] of this.assigned) {
      const ends = await this.session.admin.fetchTopicOffsets(
        topicName(this.session.options.prefix, topic),
      );
      let lag = 0n;
      for (const { partition, high } of ends) {
        if (partitions.includes(partition)) lag += this.check(topic, partition, BigInt(high));
      }
      lagGauge.set({ topic }, Number(lag));
    }
    const { db } = this.session.options;
    parkedGauge.set(await db.inPlatform((tx) => countParked(tx, PARKED_ALARM_MS)));
  }

  private check(topic: string, partition: number, end: bigint): bigint {
    const state = this.session.partitions.at(topic, partition);
    if (state.halted !== undefined) return 0n;
    // Before a claim nothing is known of the offset; a record in the log must bring one about.
    const lag = end - (state.claim === undefined ? 0n : state.next);
    const key = `${topic}/${partition}`;
    if (lag <= 0n || (state.claim === undefined && end === 0n)) {
      this.waitingSince.delete(key);
      return 0n;
    }
    const since = Math.max(this.waitingSince.get(key) ?? Date.now(), state.activeAt);
    this.waitingSince.set(key, since);
    if (state.claim !== undefined && Date.now() - since > this.session.timing.stalledMs) {
      this.exit(`${key} has ${lag} records waiting and no progress.`);
    }
    return lag;
  }
}
