/**
 * Every door that can carry scene A1, beside the JSON batch of scene-a1.e2e.spec.ts.
 *
 * Shape       a row a door: how it is offered the scene, for what it refuses c8, and whether its form
 *             can name an authorization, so that c6 alone is on billing hold.
 */
import type { Centre, Told } from './a1-centre.js';
import { offerDialect } from './a1-dialects.js';
import { offerAvro, offerBinary, offerCompressed, offerLines } from './a1-event-doors.js';
import { offerFile, toCsv, toLines, toParquet } from './a1-files.js';
import { offerMeterEvents } from './a1-openmeter.js';
import { offerLogs, offerSpans } from './a1-otlp.js';
import { offerRecords } from './a1-sdk.js';
import { offerTopic } from './a1-topic.js';

export interface Door {
  /** As a test's name says it. */
  readonly name: string;
  /** Of its tenant. */
  readonly id: string;
  readonly refusal: 'INCONSISTENT_COUNTS' | 'NEGATIVE_QUANTITY';
  readonly namesAuthorization: boolean;
  readonly offer: (centre: Centre) => Promise<Told>;
}

type Row = Pick<Door, 'id' | 'name' | 'offer'> & Partial<Door>;

const door = (row: Row): Door => ({
  ...{ refusal: 'INCONSISTENT_COUNTS', namesAuthorization: true },
  ...row,
});

/** Where the kinds are said disjoint, c8 has an input of −1, and is refused for that. */
const DISJOINT = { refusal: 'NEGATIVE_QUANTITY' } as const;

const csv = offerFile('text/csv', toCsv);
const lines = offerFile('application/x-ndjson', toLines);
const parquet = offerFile('application/vnd.apache.parquet', toParquet);

/** Those that take longest first: the others are offered meanwhile. */
export const doors: readonly Door[] = [
  door({ id: 'binary', name: 'CloudEvents’ binary mode', offer: offerBinary }),
  door({ id: 'topic', name: 'the centre’s own Kafka topic', offer: offerTopic }),
  door({ id: 'csv', name: 'a CSV file', offer: csv, ...DISJOINT }),
  door({ id: 'lines-file', name: 'an NDJSON file', offer: lines }),
  door({ id: 'parquet', name: 'a Parquet file', offer: parquet, ...DISJOINT }),
  door({ id: 'avro', name: 'Avro, in files and one by one', offer: offerAvro }),
  door({ id: 'sdk', name: 'the SDK and its journal', offer: offerRecords }),
  door({ id: 'ndjson', name: 'NDJSON', offer: offerLines }),
  door({ id: 'compressed', name: 'gzip, deflate and br', offer: offerCompressed }),
  door({ id: 'openai-chat', name: 'openai-chat', offer: offerDialect('openai-chat') }),
  door({
    ...{ id: 'openai-responses', name: 'openai-responses' },
    offer: offerDialect('openai-responses'),
  }),
  door({ id: 'anthropic', name: 'anthropic', offer: offerDialect('anthropic'), ...DISJOINT }),
  door({ id: 'deepseek', name: 'deepseek', offer: offerDialect('deepseek') }),
  door({ id: 'qwen', name: 'qwen', offer: offerDialect('qwen') }),
  door({ id: 'gemini', name: 'gemini', offer: offerDialect('gemini') }),
  door({ id: 'spans', name: 'OpenTelemetry’s spans', offer: offerSpans }),
  door({ id: 'logs', name: 'OpenTelemetry’s log records', offer: offerLogs }),
  door({
    ...{ id: 'openmeter', name: 'OpenMeter’s protocol', offer: offerMeterEvents },
    namesAuthorization: false,
  }),
];
