/**
 * Nest's transport over the log: handlers are declared on controllers, whole batches reach them,
 * offsets live in PostgreSQL.
 *
 * Owns        consumer, claims, fence, halts, watchdog. Effects are the handlers'.
 * Invariant   Kafka's committed offset is only a metric; a record's effect is stored exactly once.
 * Source      reliability D01–D03, D08, D18; openmeter#4964; docs/architecture.md 5
 */
import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { Defect } from '@suanpan/event-sourcing';
import { createLogger, systemClock } from '@suanpan/platform-observability';
import type { ConsumerCrashEvent, ConsumerGroupJoinEvent, EachBatchPayload } from 'kafkajs';
import kafkajs from 'kafkajs';
import { isObservable, lastValueFrom } from 'rxjs';
import { topicName } from '@suanpan/messages';
import { beginAssignment } from './assignment.js';
import { createAdmin } from './client.js';
import { logicalTopic } from './delivery.js';
import type { HandlerKind, LogBatchHandle, LogMessageHandle } from './handlers.js';
import { MessageWork } from './message-work.js';
import { OffsetMetric } from './offset-metric.js';
import { Partitions } from './partition-state.js';
import { TIMING, atMost } from './session.js';
import type { KafkaLogTransportOptions, Session, Timing } from './session.js';
import { TopicLane } from './topic-lane.js';
import { Watchdog } from './watchdog.js';

const CONCURRENT = 1_024;
const PARTITION_BYTES = 1_048_576;
const FETCH_BYTES = 16_777_216;
const FETCH_WAIT_MS = 250;
const HEARTBEAT_MS = 3_000;
const REBALANCE_MS = 60_000;

interface Registered {
  readonly kind: HandlerKind;
  readonly callback: MessageHandler;
}

const call = async (callback: MessageHandler, data: unknown): Promise<void> => {
  const result: unknown = await callback(data, {});
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
};

const exitProcess = (): void => {
  process.exit(1);
};

export class KafkaLogTransport extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private readonly registered = new Map<string, Registered[]>();
  private readonly lanes = new Map<string, TopicLane>();
  private session: Session | undefined;
  private watchdog: Watchdog | undefined;
  private offsets: OffsetMetric | undefined;
  private beginning: Promise<void> = Promise.resolve();
  private closed = false;
  private readonly timing: Timing;

  constructor(private readonly options: KafkaLogTransportOptions) {
    super();
    this.timing = { ...TIMING, ...options.timing };
    if (options.transportId !== undefined) this.transportId = options.transportId;
  }

  /** Nest calls this for each declared handler; several may listen to one topic's messages. */
  override addHandler(
    ...[pattern, callback, , extras = {}]: Parameters<Server['addHandler']>
  ): void {
    const topic = String(pattern);
    const kind: HandlerKind = extras['kind'] === 'batch' ? 'batch' : 'message';
    const handlers = this.registered.get(topic) ?? [];
    if (handlers.length > 0 && (kind === 'batch' || handlers[0]?.kind === 'batch')) {
      throw new Defect('SECOND_BATCH_HANDLER', `${topic} has a batch handler and another one.`);
    }
    this.registered.set(topic, [...handlers, { kind, callback }]);
  }

  listen(callback: (error?: unknown) => void): void {
    this.closed = false;
    this.beginning = this.begin();
    this.beginning.then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  /** Ends after the batches under way, whose effects are then stored; at most `closeMs` later. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.session !== undefined) this.session.stopping = true;
    const { closeMs } = this.timing;
    // kafkajs cannot stop a consumer that is still joining its group; `listen` tells of a failure.
    await atMost(
      closeMs,
      this.beginning.catch(() => undefined),
    );
    const { session } = this;
    if (session === undefined) return;
    this.watchdog?.stop();
    this.offsets?.stop();
    const lanes = [...this.lanes.values()];
    const disconnected = session.consumer.disconnect();
    const settled = Promise.all(lanes.map((lane) => lane.settle()));
    await atMost(
      closeMs,
      disconnected.then(() => settled),
    );
    for (const lane of lanes) lane.giveUp();
    await atMost(closeMs, disconnected);
    await session.admin.disconnect();
    this.session = undefined;
  }

  on(event: string): never {
    throw new Defect('NO_EVENTS', `The transport emits no ${event}.`);
  }

  unwrap<T>(): T {
    return this.session?.consumer as T;
  }

  private async begin(): Promise<void> {
    if (this.registered.size === 0) return;
    const session = await this.openSession();
    if (this.closed) return session.admin.disconnect();
    this.session = session;
    for (const [topic, handlers] of this.registered) {
      this.lanes.set(topic, new TopicLane(session, topic, this.handleOf(session, handlers)));
    }
    const exit = (reason: string): void => {
      session.logger.fatal({ reason }, 'The process ends.');
      (this.options.exit ?? exitProcess)(reason);
    };
    this.watchdog = new Watchdog(session, exit);
    this.offsets = new OffsetMetric(session);
    this.observe(session, exit);
    await this.run(session);
    if (session.stopping) return;
    this.watchdog.start();
    this.offsets.start();
  }

  private async openSession(): Promise<Session> {
    const { options, timing } = this;
    const admin = await createAdmin(options.kafka);
    const { clusterId } = await admin.describeCluster().catch(async (error: unknown) => {
      await admin.disconnect();
      throw error;
    });
    const consumer = options.kafka.consumer({
      groupId: `${options.prefix}${options.group}`,
      sessionTimeout: timing.sessionMs,
      rebalanceTimeout: REBALANCE_MS,
      heartbeatInterval: Math.min(HEARTBEAT_MS, timing.sessionMs / 3),
      maxBytesPerPartition: options.fetch?.partitionBytes ?? PARTITION_BYTES,
      maxBytes: options.fetch?.bytes ?? FETCH_BYTES,
      minBytes: 1,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      retry: { retries: 8, restartOnFailure: () => Promise.resolve(!session.stopping) },
    });
    const session: Session = {
      options,
      timing,
      logger: options.logger ?? createLogger({ service: options.group }),
      clock: options.clock ?? systemClock,
      consumer,
      admin,
      clusterId,
      partitions: new Partitions(),
      stopping: false,
      rejoin: false,
    };
    return session;
  }

  private handleOf(session: Session, handlers: readonly Registered[]): LogBatchHandle {
    const [first] = handlers;
    if (first?.kind === 'batch') return (batches) => call(first.callback, batches);
    const handles = handlers.map(
      ({ callback }): LogMessageHandle =>
        (event) =>
          call(callback, event),
    );
    return new MessageWork(session, handles).handle;
  }

  private observe(session: Session, exit: (reason: string) => void): void {
    const { consumer } = session;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }: ConsumerGroupJoinEvent) => {
      const entries = Object.entries(payload.memberAssignment).map(
        ([topic, partitions]) => [logicalTopic(session.options.prefix, topic), partitions] as const,
      );
      const assigned = new Map(entries);
      void beginAssignment(session, assigned);
      this.watchdog?.assign(assigned);
      session.options.health?.report('log', true);
    });
    consumer.on(consumer.events.CRASH, ({ payload }: ConsumerCrashEvent) => {
      session.options.health?.report('log', false, payload.error.message);
      if (payload.restart || session.stopping) return;
      exit(`The consumer crashed: ${payload.error.message}`);
    });
  }

  private async run(session: Session): Promise<void> {
    const { consumer, options } = session;
    session.options.health?.report('log', false, 'joining');
    await consumer.connect();
    await consumer.subscribe({
      topics: [...this.registered.keys()].map((topic) => topicName(options.prefix, topic)),
      // A group that has never stored an offset starts at the first record (openmeter#4964).
      fromBeginning: true,
    });
    if (session.stopping) return;
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: CONCURRENT,
      eachBatch: (payload) => this.take(session, payload),
    });
  }

  private async take(session: Session, payload: EachBatchPayload): Promise<void> {
    if (this.session !== session) {
      // Only an error ends a consumer that kafkajs started again behind the back of `disconnect`.
      throw new kafkajs.KafkaJSNonRetriableError('The transport is closed.');
    }
    const topic = logicalTopic(session.options.prefix, payload.batch.topic);
    const state = session.partitions.at(topic, payload.batch.partition);
    if (session.stopping || state.halted !== undefined) return;
    await this.lanes.get(topic)?.take({ state, payload });
  }
}
