import pg from 'pg';

import { auditorKafka, type KafkaAccess } from './log.js';
import { EVENT_SCHEMAS } from './stream-check.js';

/**
 * Waits until nothing is under way: every stored offset has reached the end of its partition, every outbox is sent.
 *
 * Units       milliseconds.
 * Source      reliability 8 ("Quiescent = all lags 0, outbox empty"), I29
 */
const LOOK_MS = 250;

const CONSUMERS = ['pricing', 'profit_share', 'settlement', 'ingest'] as const;

const offsetsSql = (schema: string): string =>
  `select topic, partition, max(next_offset) as next from ${schema}.consumer_offset group by 1, 2`;

interface OffsetRow {
  readonly topic: string;
  readonly partition: number;
  readonly next: string;
}

interface Under {
  readonly records: bigint;
  readonly messages: bigint;
}

const isThere = async (client: pg.Client, table: string): Promise<boolean> => {
  const { rows } = await client.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [table],
  );
  return rows[0]?.there === true;
};

const lagOf = async (
  client: pg.Client,
  ends: (topic: string) => Promise<ReadonlyMap<number, bigint>>,
): Promise<bigint> => {
  let lag = 0n;
  for (const schema of CONSUMERS) {
    if (!(await isThere(client, `${schema}.consumer_offset`))) continue;
    const { rows } = await client.query<OffsetRow>(offsetsSql(schema));
    for (const { topic, partition, next } of rows) {
      const end = (await ends(topic)).get(partition) ?? 0n;
      if (end > BigInt(next)) lag += end - BigInt(next);
    }
  }
  return lag;
};

const unsentOf = async (client: pg.Client): Promise<bigint> => {
  let unsent = 0n;
  for (const schema of EVENT_SCHEMAS) {
    if (!(await isThere(client, `${schema}.outbox`))) continue;
    const { rows } = await client.query<{ count: string }>(
      `select count(*) as count from ${schema}.outbox where sent_at is null`,
    );
    unsent += BigInt(rows[0]?.count ?? 0);
  }
  return unsent;
};

/** Gives what is still under way when the time is over; zeros mean quiet. */
export const waitUntilQuiet = async (
  url: string,
  access: KafkaAccess,
  waitMs: number,
): Promise<Under> => {
  const client = new pg.Client({ connectionString: url, application_name: 'suanpan verify' });
  const admin = auditorKafka(access).admin();
  await Promise.all([client.connect(), admin.connect()]);
  const deadline = Date.now() + waitMs;
  try {
    for (;;) {
      const known = new Map<string, ReadonlyMap<number, bigint>>();
      const ends = async (topic: string): Promise<ReadonlyMap<number, bigint>> => {
        const offsets =
          known.get(topic) ??
          new Map(
            (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [
              partition,
              BigInt(high),
            ]),
          );
        known.set(topic, offsets);
        return offsets;
      };
      // Outboxes first: what leaves them becomes lag of the next consumer.
      const messages = await unsentOf(client);
      const records = await lagOf(client, ends);
      if ((records === 0n && messages === 0n) || Date.now() > deadline)
        return { records, messages };
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    await Promise.all([client.end(), admin.disconnect()]);
  }
};
