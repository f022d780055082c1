/**
 * Gathers the partitions of a topic that kafkajs delivers together and hands them on as few calls.
 *
 * Shape       kafkajs fetches, then waits for all its eachBatch calls. They are answered as soon as
 *             the previous gathering is stored, so that the next fetch overlaps with the work.
 * Invariant   at most one gathering is worked on and one waits, which takes on all that arrives
 *             meanwhile: kafkajs has a fetcher for each broker, and several may deliver. Calls of
 *             one topic over one partition never overlap.
 * Source      design ruling R14, ecosystem 1
 */
import type { LogBatch, LogBatchHandle } from './handlers.js';
import { runBatches } from './batch-work.js';
import { claimMissing } from './claims.js';
import { bytesOf, toBatch } from './delivery.js';
import type { Delivery } from './delivery.js';
import { backoffMs, rejoinError, sleep } from './session.js';
import type { Session } from './session.js';

const MESSAGES_MAX = 20_000;
const BYTES_MAX = 8_388_608;

interface Ticket extends Delivery {
  readonly accept: () => void;
  readonly refuse: (error: unknown) => void;
}

export class TopicLane {
  private arrived: Ticket[] = [];
  private working: Promise<void> = Promise.resolve();
  private abandoned = false;
  private abandon: () => void = () => undefined;

  constructor(
    private readonly session: Session,
    private readonly topic: string,
    private readonly handle: LogBatchHandle,
  ) {}

  /** What `eachBatch` awaits: resolves when the delivery is taken on. */
  take(delivery: Delivery): Promise<void> {
    return new Promise((accept, refuse) => {
      this.arrived.push({ ...delivery, accept, refuse });
      if (this.arrived.length === 1) setImmediate(() => void this.gather());
    });
  }

  /** Resolves when the work under way has ended. */
  async settle(): Promise<void> {
    await this.working;
  }

  /** Waits no longer for work that does not end; what it stores later is fenced. */
  giveUp(): void {
    this.abandoned = true;
    this.abandon();
  }

  /** The only one until it has taken the tickets, for `arrived` is not empty while it waits. */
  private async gather(): Promise<void> {
    await this.turn();
    const tickets = this.arrived;
    this.arrived = [];
    if (this.abandoned) {
      for (const ticket of tickets) ticket.accept();
      return;
    }
    if (this.session.rejoin) {
      for (const ticket of tickets) ticket.refuse(rejoinError());
      return;
    }
    this.working = this.work(tickets);
    for (const ticket of tickets) {
      ticket.payload.resolveOffset(ticket.payload.batch.lastOffset());
      ticket.accept();
    }
  }

  /** Waits until the work under way has ended or is given up. */
  private async turn(): Promise<void> {
    if (this.abandoned) return;
    const beat = setInterval(() => {
      void this.arrived[0]?.payload.heartbeat().catch(() => undefined);
    }, this.session.timing.heartbeatMs);
    // A promise for each wait: one that stays pending till the end would keep every wait's reaction.
    await new Promise<void>((resolve, reject) => {
      this.abandon = resolve;
      this.working.then(resolve, reject);
    }).finally(() => clearInterval(beat));
  }

  private async work(tickets: readonly Ticket[]): Promise<void> {
    const live = tickets.filter(({ state }) => state.halted === undefined);
    if (!(await this.claim(live))) return;
    const batches = live
      .map((delivery) => toBatch(this.session, delivery))
      .filter((batch) => batch !== undefined)
      .sort((a, b) => a.partition - b.partition);
    const calls = this.split(batches);
    const next = async (): Promise<void> => {
      for (let call = calls.shift(); call !== undefined; call = calls.shift()) {
        await runBatches(this.session, this.handle, call);
      }
    };
    await Promise.all(Array.from({ length: this.session.options.parallel ?? 1 }, next));
  }

  /** Claims until the stores answer; false when the worker stops meanwhile. */
  private async claim(live: readonly Ticket[]): Promise<boolean> {
    const states = live.map(({ state }) => state);
    for (let attempt = 0; !this.session.stopping; attempt += 1) {
      try {
        await claimMissing(this.session, this.topic, states);
        return true;
      } catch (error) {
        this.session.logger.warn({ err: error, topic: this.topic }, 'Partitions not claimed yet.');
        for (const { topic, partition } of states) {
          this.session.partitions.touch(topic, partition);
        }
        await sleep(backoffMs(this.session.timing, attempt));
      }
    }
    return false;
  }

  private split(batches: readonly LogBatch[]): LogBatch[][] {
    const { messagesMax = MESSAGES_MAX, bytesMax = BYTES_MAX } =
      this.session.options.coalesce ?? {};
    const calls: LogBatch[][] = [];
    let messages = 0;
    let bytes = 0;
    for (const batch of batches) {
      messages += batch.messages.length;
      bytes += bytesOf(batch);
      const call = calls.at(-1);
      if (call === undefined || messages > messagesMax || bytes > bytesMax) {
        calls.push([batch]);
        messages = batch.messages.length;
        bytes = bytesOf(batch);
      } else call.push(batch);
    }
    return calls;
  }
}
