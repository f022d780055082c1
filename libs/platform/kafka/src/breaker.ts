/**
 * Stops a partition before a bad deployment drains revenue into the quarantine.
 *
 * Shape       counts consecutive defects of a partition; a good message starts again at zero.
 * Invariant   a single bad producer is parked alone; conflict, duplicate and unpriced never count.
 *             A defect that names no producer proves no single one: it counts as of unknown class.
 * Source      design ruling R12, reliability D08, B72, F30
 */
import { Defect } from '@suanpan/event-sourcing';

export const DEFECTS_MAX = 100;

/** What stands where a message has no producer, or has many. */
const NO_PRODUCER: ReadonlySet<string | null> = new Set([null, '', '*']);

/** Thrown to stop one partition with an alarm; nothing of the batch is stored. */
export class HaltPartition extends Defect {
  readonly topic: string;
  readonly partition: number;

  constructor(
    code: string,
    message: string,
    { topic, partition }: { readonly topic: string; readonly partition: number },
  ) {
    super(code, message);
    this.topic = topic;
    this.partition = partition;
  }
}

/** A breaker as it may cross between threads. */
export interface BreakerState {
  readonly count: number;
  readonly unknown: boolean;
  readonly producers: ReadonlySet<string>;
}

export class Breaker {
  private constructor(
    private readonly count: number,
    private readonly unknown: boolean,
    private readonly producers: ReadonlySet<string>,
  ) {}

  static of({ count, unknown, producers }: BreakerState): Breaker {
    return new Breaker(count, unknown, producers);
  }

  get state(): BreakerState {
    const { count, unknown, producers } = this;
    return { count, unknown, producers };
  }

  static readonly closed = new Breaker(0, false, new Set());

  /** After a message that was understood. */
  good(): Breaker {
    return Breaker.closed;
  }

  /** After a message that goes to the quarantine. `known` is false for an unknown error class. */
  defect(producer: string | null, known: boolean): Breaker {
    const producers = new Set(this.producers).add(producer ?? '');
    const unknown = !known || NO_PRODUCER.has(producer);
    return new Breaker(this.count + 1, this.unknown || unknown, producers);
  }

  /** True when the partition must stop instead of setting this last message aside. */
  get open(): boolean {
    return this.count >= DEFECTS_MAX && (this.producers.size >= 2 || this.unknown);
  }
}
