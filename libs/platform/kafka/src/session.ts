/**
 * What the parts of one running transport share: the consumer, the partitions, the ways to stop.
 *
 * Units       milliseconds
 */
import type { Clock, Health, Logger } from '@suanpan/platform-observability';
import { Gauge, metrics } from '@suanpan/platform-observability';
import type { Database } from '@suanpan/platform-postgres';
import type { Vault } from '@suanpan/platform-vault';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import kafkajs from 'kafkajs';
import { topicName } from '@suanpan/messages';
import type { PartitionState, Partitions } from './partition-state.js';

export interface Timing {
  readonly heartbeatMs: number;
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  readonly commitMs: number;
  readonly watchMs: number;
  readonly stalledMs: number;
  readonly sessionMs: number;
  /** How long `close` waits for the work under way; the fence protects what is left behind. */
  readonly closeMs: number;
}

export const TIMING: Timing = {
  heartbeatMs: 1_000,
  backoffFirstMs: 100,
  backoffMaxMs: 5_000,
  commitMs: 5_000,
  watchMs: 15_000,
  stalledMs: 60_000,
  sessionMs: 30_000,
  closeMs: 8_000,
};

export interface Coalesce {
  readonly messagesMax?: number;
  readonly bytesMax?: number;
}

export interface Fetch {
  readonly partitionBytes: number;
  readonly bytes: number;
}

export interface KafkaLogTransportOptions {
  readonly kafka: Kafka;
  /** Holds the offsets, and the transaction of message handlers. */
  readonly db: Database;
  readonly group: string;
  readonly prefix: string;
  readonly logger?: Logger;
  readonly health?: Health;
  readonly clock?: Clock;
  /** How much of the concurrently delivered partitions one batch handler call may get. */
  readonly coalesce?: Coalesce;
  /** Batch handler calls at a time, over different partitions; 1 when not given. */
  readonly parallel?: number;
  /** Seals poison; without it poison halts its partition. */
  readonly seal?: Vault['seal'];
  /** True in pricing only: quarantined messages are announced on `usage.quarantined`. */
  readonly announce?: boolean;
  readonly timing?: Partial<Timing>;
  readonly transportId?: symbol;
  /** The most bytes of one fetch, compressed; the usual ones when not given. */
  readonly fetch?: Fetch;
  /** In metrics in the place of the topics' names, where these name a tenant or a party (I27). */
  readonly topicLabel?: string;
  /** Ends the process; the supervisor starts it again. */
  readonly exit?: (reason: string) => void;
}

export interface Session {
  readonly options: KafkaLogTransportOptions;
  readonly timing: Timing;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly consumer: Consumer;
  readonly admin: Admin;
  readonly clusterId: string;
  readonly partitions: Partitions;
  /** True once `close` was called: nothing new is begun. */
  stopping: boolean;
  /** Set when a claim turned out stale: the next delivery makes the worker join again. */
  rejoin: boolean;
}

const haltedGauge = new Gauge({
  name: 'suanpan_partition_halted',
  help: '1 while a partition is halted.',
  labelNames: ['topic', 'partition'],
  registers: [metrics],
});

/** How a topic is called in metrics. */
export const labelOf = ({ options }: Session, topic: string): string => options.topicLabel ?? topic;

/** What kafkajs throws between a crash and its restart, when it has no group to speak to. */
const NO_GROUP = 'Consumer group was not initialized';

/** Tells the consumer something; while it restarts nothing need be said, for joining says it all. */
const tell = (order: () => void): void => {
  try {
    order();
  } catch (error) {
    const restarts =
      error instanceof kafkajs.KafkaJSNonRetriableError && error.message.startsWith(NO_GROUP);
    if (!restarts) throw error;
  }
};

/** Asks for no more records of one partition. */
export const pause = ({ consumer, options }: Session, state: PartitionState): void => {
  const topic = topicName(options.prefix, state.topic);
  tell(() => consumer.pause([{ topic, partitions: [state.partition] }]));
};

/** Stops one partition until an operator restarts the process: alarm, not ready, no data lost. */
export const halt = (
  session: Session,
  state: PartitionState,
  { code, detail }: { readonly code: string; readonly detail: string },
): void => {
  const { topic, partition } = state;
  state.halted = code;
  state.forget();
  pause(session, state);
  haltedGauge.set({ topic: labelOf(session, topic), partition }, 1);
  session.options.health?.report(`log ${topic}/${partition}`, false, code);
  session.logger.error({ topic, partition, code, detail }, 'A partition is halted.');
};

/** Asks the log for the given offset next. */
export const seek = (
  { consumer, options }: Session,
  { topic, partition }: PartitionState,
  offset: bigint,
): void => {
  const physical = topicName(options.prefix, topic);
  tell(() => consumer.seek({ topic: physical, partition, offset: offset.toString() }));
};

/**
 * The error that makes kafkajs join its group again. There is no call for it; the runner rejoins
 * on this type.
 */
export const rejoinError = (): Error => {
  const cause = Object.assign(new Error('A claim was stale; joining the group again.'), {
    type: 'REBALANCE_IN_PROGRESS',
    code: 27,
    retriable: false,
  });
  return new kafkajs.KafkaJSProtocolError(cause);
};

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for `work`, but not for ever. */
export const atMost = async (ms: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
};

/** The pause before another try: exponential, with jitter. */
export const backoffMs = ({ backoffFirstMs, backoffMaxMs }: Timing, attempt: number): number =>
  Math.min(backoffFirstMs * 2 ** attempt, backoffMaxMs) * (0.5 + Math.random() / 2);
