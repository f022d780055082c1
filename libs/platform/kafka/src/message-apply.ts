/**
 * Takes one message through the inbox to its handlers, inside the batch's transaction.
 *
 * Invariant   a stream's messages apply in the order of their versions, each once; what comes too
 *             early waits in the same database and applies right after its predecessor. A poison
 *             one holds up nobody: behind it the stream goes on.
 * Source      design ruling R13
 */
import { decode } from '@suanpan/messages';
import type { Message } from '@suanpan/messages';
import { acceptOnce, enterTenant, park, takeParked } from '@suanpan/platform-postgres';
import type { Heard, ParkedMessage, Tx } from '@suanpan/platform-postgres';
import { isPoison } from './faults.js';
import type { LogBatch, LogMessage, LogMessageHandle, LoggedRecord } from './handlers.js';

/** A record that could be decoded. */
export interface Readable {
  readonly record: LoggedRecord;
  readonly decoded: Message;
}

/** Where a message goes: to the handlers, or aside when it waited and they cannot take it. */
export interface Receivers {
  readonly handles: readonly LogMessageHandle[];
  readonly setAside: (parked: ParkedMessage, error: unknown) => Promise<void>;
}

const VERSION = /^[1-9]\d{0,17}$/;
const MANY = '*';

/** What the headers of an outbox message say; undefined where they say nothing. */
const heardOf = (topic: string, headers: LoggedRecord['headers']): Heard | undefined => {
  const streamId = headers['stream-id'];
  const version = headers['stream-version'];
  if (streamId === undefined || version === undefined || !VERSION.test(version)) return undefined;
  return { source: topic, tenant: headers['tenant'] ?? MANY, streamId, version: BigInt(version) };
};

const tenantIn = (value: unknown): string | undefined =>
  typeof value === 'object' &&
  value !== null &&
  'tenant' in value &&
  typeof value.tenant === 'string'
    ? value.tenant
    : undefined;

const tenantOf = (header: string | undefined, value: unknown): string => {
  if (header !== undefined && header !== '' && header !== MANY) return header;
  return tenantIn(value) ?? MANY;
};

const handOver = async (
  tx: Tx,
  message: LogMessage,
  handles: readonly LogMessageHandle[],
): Promise<void> => {
  for (const handle of handles) {
    await enterTenant(tx, { tenant: message.tenant === MANY ? '' : message.tenant });
    await handle({ tx, message });
  }
};

const fromParked = (parked: ParkedMessage): LogMessage => {
  const decoded = decode(parked.value);
  return {
    ...decoded,
    tenant: tenantOf(parked.tenant, decoded.value),
    streamId: parked.streamId,
    streamVersion: parked.version,
    topic: parked.source,
    partition: parked.partition,
    offset: parked.offset,
  };
};

/** What waits in the place of a poison record, which is in the quarantine already. */
const NOTHING = Buffer.alloc(0);

/** Its predecessor is not to blame when a message that waited is poison; it goes aside alone. */
const applyParked = async (
  tx: Tx,
  parked: ParkedMessage,
  { handles, setAside }: Receivers,
): Promise<void> => {
  if (parked.value.equals(NOTHING)) return;
  await tx.query('savepoint parked');
  try {
    await handOver(tx, fromParked(parked), handles);
  } catch (error) {
    if (!isPoison(error)) throw error;
    await tx.query('rollback to savepoint parked');
    await setAside(parked, error);
  }
  await tx.query('release savepoint parked');
};

/** Applies the messages that waited for this one. */
const followUp = async (tx: Tx, heard: Heard, receivers: Receivers): Promise<void> => {
  let last = heard;
  for (;;) {
    const parked = await takeParked(tx, last);
    if (parked === undefined || (await acceptOnce(tx, parked)) !== 'apply') return;
    await applyParked(tx, parked, receivers);
    last = parked;
  }
};

const toMessage = (
  { topic, partition }: LogBatch,
  { record, decoded }: Readable,
  heard: Heard | undefined,
): LogMessage => ({
  ...decoded,
  tenant: tenantOf(record.headers['tenant'], decoded.value),
  streamId: heard?.streamId ?? null,
  streamVersion: heard?.version ?? null,
  topic,
  partition,
  offset: record.offset,
});

/** A way to the handlers for the records of one batch. */
export const applyTo =
  (tx: Tx, batch: LogBatch, receivers: Receivers) =>
  async (readable: Readable): Promise<void> => {
    const { record } = readable;
    const { handles } = receivers;
    const heard = heardOf(batch.topic, record.headers);
    const message = toMessage(batch, readable, heard);
    if (heard === undefined) return handOver(tx, message, handles);
    const acceptance = await acceptOnce(tx, heard);
    if (acceptance === 'ahead') {
      const { partition } = batch;
      const { offset, value } = record;
      const { type } = message;
      await park(tx, { ...heard, partition, offset, type, value: value ?? NOTHING });
    }
    if (acceptance !== 'apply') return;
    await handOver(tx, message, handles);
    await followUp(tx, heard, receivers);
  };

/** A way to remember poison records as heard, so that their streams go on without them. */
export const skipIn =
  (tx: Tx, { topic, partition }: LogBatch, receivers: Receivers) =>
  async ({ headers, offset }: LoggedRecord): Promise<void> => {
    const heard = heardOf(topic, headers);
    if (heard === undefined) return;
    const acceptance = await acceptOnce(tx, heard);
    if (acceptance === 'apply') await followUp(tx, heard, receivers);
    if (acceptance === 'ahead') {
      await park(tx, { ...heard, partition, offset, type: '', value: NOTHING });
    }
  };
