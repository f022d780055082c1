/**
 * Ends a process that should make progress and does not; the supervisor starts it again.
 *
 * Shape       compares the log's end with the stored offset of each assigned partition.
 * Units       milliseconds
 * Source      reliability D18; kafkajs 659, 1720, 1593, 1152
 */
import { Gauge, metrics } from '@suanpan/platform-observability';
import { countParked, storedOffsets } from '@suanpan/platform-postgres';
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

/** A partition may wait this much longer than its topic: its turn comes after its neighbours'. */
const TURNS_MAX = 5;

interface Standing {
  readonly next: bigint;
  readonly since: number;
}

export class Watchdog {
  private timer: NodeJS.Timeout | undefined;
  private assigned: ReadonlyMap<string, readonly number[]> = new Map();
  private readonly standing = new Map<string, Standing>();
  /** What the last look has found: the alarm (R13) is a line when that changes, not at every look. */
  private parked = 0;

  constructor(
    private readonly session: Session,
    private readonly exit: (reason: string) => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      void this.look().catch((error: unknown) => {
        // Without the log's ends nothing can be said; a store that is away is no stall.
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
    this.standing.clear();
  }

  private async look(): Promise<void> {
    const { db, group, prefix } = this.session.options;
    for (const [topic, partitions] of this.assigned) {
      const ends = await this.session.admin.fetchTopicOffsets(topicName(prefix, topic));
      const stored = await storedOffsets(db, group, topic);
      let lag = 0n;
      for (const { partition, high } of ends) {
        if (!partitions.includes(partition)) continue;
        lag += this.check({ topic, partition }, BigInt(high), stored.get(partition) ?? 0n);
      }
      // Several groups under one label would overwrite one another.
      if (this.session.options.topicLabel === undefined) lagGauge.set({ topic }, Number(lag));
    }
    const parked = await db.inPlatform((tx) => countParked(tx, PARKED_ALARM_MS));
    parkedGauge.set(parked);
    if (parked > 0 && parked !== this.parked) {
      this.session.logger.error({ group, parked }, 'Messages wait over 60 s for a predecessor.');
    }
    this.parked = parked;
  }

  /** The lag of one partition; ends the process when it has stood still for too long. */
  private check(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    end: bigint,
    next: bigint,
  ): bigint {
    const key = `${topic}/${partition}`;
    const state = this.session.partitions.at(topic, partition);
    if (state.halted !== undefined || end <= next) {
      this.standing.delete(key);
      return state.halted === undefined ? 0n : end - next;
    }
    const now = Date.now();
    const before = this.standing.get(key);
    const since = before?.next === next ? before.since : now;
    this.standing.set(key, { next, since });
    const idleMs = now - Math.max(since, this.session.partitions.activeAt(topic));
    const waitedMs = now - Math.max(since, state.activeAt);
    const { stalledMs } = this.session.timing;
    if (idleMs > stalledMs || waitedMs > TURNS_MAX * stalledMs) {
      this.exit(`${key} has ${end - next} records waiting and no progress.`);
    }
    return end - next;
  }
}
