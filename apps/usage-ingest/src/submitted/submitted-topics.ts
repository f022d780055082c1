/**
 * Reads each registered topic, from the registration on and until it is taken back.
 *
 * Shape       a transport of its own for each topic, with a group of its own: a centre that writes
 *             poison, floods or is suspended holds up nobody but itself. The copies of the service
 *             share the partitions of each.
 * Units       milliseconds, bytes
 * Invariant   offsets lie in this service's database and move after the results are on the log (R18).
 * Source      rulings R18, R21; docs/adr/0023-topic-of-a-centre.md
 */
import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import { topicName } from '@suanpan/messages';
import { createAdmin, KafkaLogTransport } from '@suanpan/platform-kafka';
import type { LogBatch } from '@suanpan/platform-kafka';
import type { Health, Logger } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import type { Kafka } from 'kafkajs';
import { SERVICE } from '../tokens.js';
import { SubmittedDoor } from './submitted-door.js';
import { TopicRegistry } from './topic-registry.js';
import type { Registration } from './topic-registry.js';

const FOLLOW_MS = 1_000;
const REST_MS = 5_000;
const SESSION_MS = 10_000;
const LOOK_END_MS = 1_000;
const END_MS = 4_000;
/** Small, since what is fetched is inflated whole: a thousandfold in the worst case. */
const FETCH = { partitionBytes: 65_536, bytes: 1_048_576 };
const LABEL = 'usage.submitted';

/** What is needed of the log, once it answers. */
export interface FollowedLog {
  readonly kafka: Kafka;
  readonly db: Database;
  readonly prefix: string;
  readonly logger: Logger;
  readonly health: Health;
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

const groupOf = ({ tenant, centre }: Registration): string =>
  `${SERVICE}.submitted.${tenant}.${centre}`;

@Injectable()
export class SubmittedTopics implements BeforeApplicationShutdown {
  private registered: ReadonlyMap<string, Registration> = new Map();
  private readonly running = new Map<string, KafkaLogTransport>();
  /** Until when a topic that failed is left alone. */
  private readonly resting = new Map<string, number>();
  private readonly halted = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private turn: Promise<void> = Promise.resolve();
  private ending: Promise<void> = Promise.resolve();

  constructor(
    @Inject(TopicRegistry) private readonly registry: TopicRegistry,
    @Inject(SubmittedDoor) private readonly door: SubmittedDoor,
  ) {}

  /** Follows the registrations from now on. */
  follow(log: FollowedLog): void {
    if (this.closed) return;
    this.turn = this.look(log).catch((error: unknown) => {
      log.logger.warn({ err: error }, 'The topics of centres could not be looked at.');
    });
    void this.turn.then(() => {
      if (this.closed) return;
      this.timer = setTimeout(() => this.follow(log), FOLLOW_MS);
      this.timer.unref();
    });
  }

  /** Begins to stop and holds up nothing: the HTTP door must close at the same time. */
  beforeApplicationShutdown(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.ending = this.end();
  }

  /** Resolves when nothing is read any more, or a moment later: what is left behind is fenced. */
  async ended(): Promise<void> {
    await Promise.race([this.ending, pause(END_MS)]);
  }

  private async end(): Promise<void> {
    // A look that waits for a broker that is away is not waited for.
    await Promise.race([this.turn, pause(LOOK_END_MS)]);
    await Promise.all([...this.running.values()].map((transport) => transport.close()));
    this.running.clear();
  }

  private async look(log: FollowedLog): Promise<void> {
    const all = await this.registry.all();
    this.registered = new Map(all.map((registration) => [registration.topic, registration]));
    const gone = [...this.running.keys()].filter((topic) => !this.registered.has(topic));
    await Promise.all(gone.map((topic) => this.stop(topic)));
    const now = performance.now();
    const wanted = all.filter(
      ({ topic }) => !this.running.has(topic) && (this.resting.get(topic) ?? 0) <= now,
    );
    for (const registration of await this.present(log, wanted)) this.start(log, registration);
    const detail = `${this.running.size} topics of centres are read, ${this.halted.size} halted`;
    log.health.report('submitted', true, detail);
  }

  /** Those whose topic is made: a consumer of one that is not would fail again and again. */
  private async present(
    { kafka, prefix }: FollowedLog,
    wanted: readonly Registration[],
  ): Promise<readonly Registration[]> {
    if (wanted.length === 0) return [];
    const admin = await createAdmin(kafka);
    try {
      const names = new Set(await admin.listTopics());
      return wanted.filter(({ topic }) => names.has(topicName(prefix, topic)));
    } finally {
      await admin.disconnect();
    }
  }

  private start(log: FollowedLog, registration: Registration): void {
    if (this.closed) return;
    const { kafka, db, prefix, logger } = log;
    const { topic } = registration;
    const fail = (reason: unknown): void => {
      logger.error({ err: reason, topic }, 'The topic of a centre is read again in a moment.');
      this.resting.set(topic, performance.now() + REST_MS);
      void this.stop(topic);
    };
    const transport = new KafkaLogTransport({
      ...{ kafka, db, prefix, logger, fetch: FETCH, topicLabel: LABEL, exit: fail },
      group: groupOf(registration),
      timing: { sessionMs: SESSION_MS },
      health: this.healthOf(topic),
    });
    const handle = (batches: readonly LogBatch[]): Promise<void> =>
      this.door.take({ batches, registration: () => this.registered.get(topic) });
    transport.addHandler(topic, handle as unknown as MessageHandler, true, { kind: 'batch' });
    this.running.set(topic, transport);
    transport.listen((error) => {
      if (error !== undefined) fail(error);
    });
  }

  private async stop(topic: string): Promise<void> {
    const transport = this.running.get(topic);
    this.running.delete(topic);
    this.halted.delete(topic);
    await transport?.close();
  }

  /** A halt is counted, and named in the log only: a name says who is a customer. */
  private healthOf(topic: string): Health {
    return {
      report: (part, ready) => {
        if (!ready && part.startsWith('log ')) this.halted.add(topic);
      },
      snapshot: () => ({ ready: true, parts: {} }),
    };
  }
}
