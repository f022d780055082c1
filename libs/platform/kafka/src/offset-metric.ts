/**
 * Commits offsets to Kafka now and then, so that its own tools show the group's lag.
 *
 * Invariant   nothing reads them back as the truth: the database is the authority.
 * Source      reliability D01
 */
import { topicName } from '@suanpan/messages';
import type { Session } from './session.js';

export class OffsetMetric {
  private timer: NodeJS.Timeout | undefined;
  private readonly committed = new Map<string, bigint>();

  constructor(private readonly session: Session) {}

  start(): void {
    this.timer = setInterval(() => {
      void this.commit().catch((error: unknown) => {
        this.session.logger.debug({ err: error }, 'Offsets not committed; only a metric.');
      });
    }, this.session.timing.commitMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async commit(): Promise<void> {
    const moved = this.session.partitions
      .all()
      .filter(({ topic, partition, claim, next }) => {
        return claim !== undefined && this.committed.get(`${topic}/${partition}`) !== next;
      })
      .map(({ topic, partition, next }) => ({ topic, partition, next }));
    if (moved.length === 0) return;
    await this.session.consumer.commitOffsets(
      moved.map(({ topic, partition, next }) => ({
        topic: topicName(this.session.options.prefix, topic),
        partition,
        offset: next.toString(),
      })),
    );
    for (const { topic, partition, next } of moved) {
      this.committed.set(`${topic}/${partition}`, next);
    }
  }
}
