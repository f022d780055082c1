/**
 * One delivery of kafkajs, and its reading as a batch that may be stored.
 *
 * Invariant   a batch begins exactly at the stored offset and has no hole; else the log is asked
 *             again, and a partition whose log does not hold the offset is halted.
 * Source      reliability D03; kafkajs 1046, 1414
 */
import { topicName } from '@suanpan/messages';
import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs';
import type { LogBatch, LoggedRecord } from './handlers.js';
import type { PartitionState } from './partition-state.js';
import { halt, seek } from './session.js';
import type { Session } from './session.js';

export interface Delivery {
  readonly state: PartitionState;
  readonly payload: EachBatchPayload;
}

/** Several in a row mean that the log does not hold the offset; one or two are leftovers. */
const SEEKS_MAX = 3;
const MICROS_PER_MILLI = 1_000n;

/** A header may stand twice, and may have no value: Java's clients write null. */
const textOf = (value: IHeaders[string] | null): string => {
  const first: Buffer | string | null | undefined = Array.isArray(value) ? value[0] : value;
  return first?.toString() ?? '';
};

const toHeaders = (headers: IHeaders | undefined): Readonly<Record<string, string>> => {
  const texts: Record<string, string> = {};
  for (const name in headers) texts[name] = textOf(headers[name]);
  return texts;
};

const toRecord = (message: KafkaMessage): LoggedRecord => ({
  offset: BigInt(message.offset),
  key: message.key,
  value: message.value,
  headers: toHeaders(message.headers),
  timestamp: BigInt(message.timestamp) * MICROS_PER_MILLI,
});

/** Bytes of a batch's values, for the limit of a coalesced call. */
export const bytesOf = (batch: LogBatch): number =>
  batch.messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);

const misplaced = (session: Session, state: PartitionState, first: bigint): void => {
  state.seeks += 1;
  if (state.seeks > SEEKS_MAX) {
    halt(session, state, {
      code: 'DATA_GAP',
      detail: `The log gave ${first} when asked for ${state.next}.`,
    });
    return;
  }
  seek(session, state, state.next);
};

/** The delivery as a batch at the stored offset; undefined when the log was asked again. */
export const toBatch = (session: Session, { state, payload }: Delivery): LogBatch | undefined => {
  const { claim } = state;
  const records = payload.batch.messages;
  const [head] = records;
  const tail = records.at(-1);
  if (claim === undefined || head === undefined || tail === undefined) return undefined;
  const firstOffset = BigInt(head.offset);
  const lastOffset = BigInt(tail.offset);
  if (firstOffset !== state.next) {
    misplaced(session, state, firstOffset);
    return undefined;
  }
  if (lastOffset - firstOffset + 1n !== BigInt(records.length)) {
    const detail = `${records.length} records between ${firstOffset} and ${lastOffset}.`;
    halt(session, state, { code: 'DATA_GAP', detail });
    return undefined;
  }
  return {
    topic: state.topic,
    partition: state.partition,
    claim,
    firstOffset,
    lastOffset,
    messages: records.map(toRecord),
  };
};

/** The topic's name without the prefix. */
export const logicalTopic = (prefix: string, physical: string): string =>
  physical.startsWith(prefix) ? physical.slice(topicName(prefix, '').length) : physical;
