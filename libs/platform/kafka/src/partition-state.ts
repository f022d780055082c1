/**
 * What a worker knows about the partitions it was given.
 *
 * Invariant   knowledge ends with the assignment: after a rejoin everything is claimed anew.
 */
import type { Claim } from '@suanpan/platform-postgres';
import { Breaker } from './breaker.js';

export class PartitionState {
  breaker: Breaker = Breaker.closed;
  claim: Claim | undefined;
  /** The offset that the database stands at; means something only beside a claim. */
  next = 0n;
  /** How often the log was asked for `next` and gave something else. */
  seeks = 0;
  halted: string | undefined;
  activeAt = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  claimed(claim: Claim): void {
    this.claim = claim;
    this.next = claim.nextOffset;
    this.seeks = 0;
  }

  forget(): void {
    this.claim = undefined;
    this.seeks = 0;
  }

  moved(next: bigint): void {
    this.next = next;
    this.seeks = 0;
  }
}

export class Partitions {
  private readonly states = new Map<string, PartitionState>();
  private readonly topicActiveAt = new Map<string, number>();

  at(topic: string, partition: number): PartitionState {
    const key = `${topic}/${partition}`;
    let state = this.states.get(key);
    if (state === undefined) {
      state = new PartitionState(topic, partition);
      this.states.set(key, state);
    }
    return state;
  }

  /** Notes that something is being done for a partition, though its offset may stand still. */
  touch(topic: string, partition: number): void {
    const now = Date.now();
    this.at(topic, partition).activeAt = now;
    this.topicActiveAt.set(topic, now);
  }

  /** When something was last done for any partition of a topic; 0 for never. */
  activeAt(topic: string): number {
    return this.topicActiveAt.get(topic) ?? 0;
  }

  all(): readonly PartitionState[] {
    return [...this.states.values()];
  }

  forgetAll(): void {
    for (const state of this.states.values()) state.forget();
  }
}
