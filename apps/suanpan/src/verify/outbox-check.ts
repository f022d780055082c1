import type { Snapshot } from './database.js';
import type { Tally } from './findings.js';
import { type LogRecord, type TopicLog, recordsOf } from './log.js';
import { EVENT_SCHEMAS } from './stream-check.js';

/**
 * What the services wanted to say is on the topics, byte for byte, and nothing else is.
 *
 * Source      reliability I21; design.md 3.4
 */
interface OutboxRow {
  readonly topic: string;
  readonly tenant: string;
  readonly stream_id: string;
  readonly stream_version: string;
  readonly value: Buffer;
  readonly sent: boolean;
}

const said = (record: LogRecord): string | null => {
  const { tenant, 'stream-id': stream, 'stream-version': version } = record.headers;
  return stream === undefined ? null : JSON.stringify([tenant, stream, version]);
};

const firstValues = (log: TopicLog | undefined): Map<string, Buffer | null> => {
  const values = new Map<string, Buffer | null>();
  for (const record of recordsOf(log)) {
    const name = said(record);
    // At least once: a repeated message must repeat the bytes, which the comparison below sees.
    if (name !== null && !values.has(name)) values.set(name, record.value);
  }
  return values;
};

const checkSchema = async (
  snapshot: Snapshot,
  schema: string,
  { logs, tally }: { logs: ReadonlyMap<string, TopicLog>; tally: Tally },
): Promise<void> => {
  const topics = new Map<string, Map<string, Buffer | null>>();
  const rows = snapshot.stream<OutboxRow>(
    `select topic, tenant, stream_id, stream_version, value, sent_at is not null as sent
     from ${schema}.outbox order by id`,
  );
  for await (const row of rows) {
    const values = topics.get(row.topic) ?? firstValues(logs.get(row.topic));
    topics.set(row.topic, values);
    const key = JSON.stringify([row.tenant, row.stream_id, row.stream_version]);
    const value = values.get(key);
    values.delete(key);
    const name = `${schema} ${row.topic} ${row.stream_id} v${row.stream_version}`;
    const fault = !row.sent
      ? 'was not sent'
      : value === undefined
        ? 'is not on its topic'
        : value?.equals(row.value) === true
          ? null
          : 'stands on its topic with other bytes';
    tally.see(fault === null ? null : `${name}: ${fault}`);
  }
  for (const [topic, values] of topics) {
    for (const key of values.keys()) tally.violate(`${topic} ${key} was never said by ${schema}`);
  }
};

/** Every outbox against its topics. */
export const checkOutboxes = async (
  snapshot: Snapshot,
  logs: ReadonlyMap<string, TopicLog>,
  tally: Tally,
): Promise<void> => {
  const present = await snapshot.rows<{ schema: string }>(
    `select table_schema as schema from information_schema.tables where table_name = 'outbox'`,
  );
  for (const schema of EVENT_SCHEMAS) {
    if (present.some((row) => row.schema === schema)) {
      await checkSchema(snapshot, schema, { logs, tally });
    }
  }
};
