/**
 * Nearly right bytes at every door that speaks another protocol: an answer or a problem, in bounded
 * time, and what is accepted adds up.
 *
 * Source      reliability.md I30; the large proof sets SUANPAN_FUZZ_RUNS, a repeat SUANPAN_SEED
 */
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { parseInstant } from '@suanpan/calendar';
import { Malformed } from '@suanpan/event-sourcing';
import { cloudEventSchema } from '@suanpan/messages';
import { HttpProblem } from '@suanpan/platform-http';
import {
  admitEvent,
  admitForeign,
  foreignRefusalCodes,
  genAiAttributes,
  meterCall,
  readGenAi,
  refusalCodes,
  subjectAttributes,
} from '@suanpan/usage';
import type { Admitted, DoorMapping, GenAiRecord, Sender } from '@suanpan/usage';
import type * as Avsc from 'avsc';
import { mutated, randomFrom } from '../test/byte-mutator.js';
import { CHAT, logRecordsOf, spansOf } from '../test/gen-ai-spans.js';
import { SOURCE, usageEvent } from '../test/usage-event.js';
import { avroFileItems, avroItem } from './events/avro-items.js';
import { binaryItem } from './events/binary-mode.js';
import type { Item } from './events/item.js';
import { readItems } from './events/read-items.js';
import { readJson } from './otlp/read-json.js';
import { readProtobuf } from './otlp/read-protobuf.js';
import { LOGS, TRACES } from './otlp/signals.js';
import type { SignalShape } from './otlp/signals.js';

const RUNS = Number(process.env['SUANPAN_FUZZ_RUNS'] ?? 20_000);
const SEED = Number(process.env['SUANPAN_SEED'] ?? 20_260_520);
/** Of one input; a machine that runs much else is slow, but not that slow. */
const ONE_MS = 2_000;

const avsc = createRequire(import.meta.url)('avsc') as typeof Avsc;
const avro = avsc.Type.forSchema(cloudEventSchema as never, { wrapUnions: true });

const sender: Sender = {
  ...{ tenant: 'shantou', sources: null, centre: 'gz', isActive: () => true },
  now: parseInstant('2026-06-30T00:00:00Z'),
  lateLimit: 90n * 86_400_000_000n,
};
const account = { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen' };
const mapping: DoorMapping = {
  ...{ source: SOURCE, subjects: new Map(), fallback: account, subjectAttributes },
  ...{ idRule: 'sender-or-response', kindsIncomplete: 'flag' },
};

/** What a door makes of a body. */
type Door = (body: Buffer) => readonly Admitted[];

const each = ({ count, at }: { count: number; at: (index: number) => Item }) =>
  Array.from({ length: count }, (_, index) => at(index));
const admitted = (items: readonly Item[], judge = admitEvent): Admitted[] =>
  items.filter(({ unreadable }) => unreadable === null).map(({ value }) => judge(value, sender));

const wanted = new Set([...genAiAttributes, ...subjectAttributes]);
const otlp =
  (read: typeof readJson, shape: SignalShape): Door =>
  (body) => {
    const records: GenAiRecord[] = [];
    read(body, { shape, wanted }, (record) => records.push(record));
    return records.flatMap((record) => {
      const reading = readGenAi(record);
      if ('ignored' in reading) return [];
      return 'refused' in reading ? [reading] : [admitForeign(reading.call, mapping, sender)];
    });
  };

const meter: Door = (body) =>
  admitted(each(readItems(body, 'either')), (value) => {
    const read = meterCall(value);
    return 'refused' in read ? read : admitForeign(read.call, mapping, sender);
  });

const binary: Door = (body) => {
  const end = body.indexOf(0x0a);
  const header = body.subarray(0, end < 0 ? 0 : end).toString('latin1');
  const rawHeaders = ['content-type', 'application/json', ...header.split('\t')];
  return admitted([binaryItem(rawHeaders, body.subarray(end + 1))]);
};

const END = new Date('2026-05-20T03:00:00.123Z');
const told = [
  { attributes: { ...CHAT, 'gen_ai.response.id': 'r-1' }, end: END },
  { attributes: { ...CHAT, 'gen_ai.operation.name': 'invoke_agent' }, end: END },
  { attributes: { 'gen_ai.usage.prompt_tokens': 5, 'gen_ai.system': 'openai' }, end: END },
];
const spans = spansOf(told, { 'service.name': 'gateway' });
const logs = logRecordsOf(told);
const bytes = (written: Uint8Array | undefined): Buffer => Buffer.from(written ?? []);

const own = usageEvent('fuzz', { subject: 'shenzhen', region: 'cn' });
const { data, ...attributes } = own;
const attribute = Object.fromEntries(
  Object.entries(attributes).map(([name, value]) => [name, { string: value }]),
);
const tokens = { input: { double: 1_200 }, output: { double: 300 } };
const map = {
  ...{ contract: { string: 'c' }, buyer: { string: 'b' }, centre: { string: 'gz' } },
  ...{ model: { string: 'm' }, tokens: { 'io.cloudevents.AvroCloudEventData': { value: tokens } } },
};
const asText = avro.toBuffer({ attribute, data: { bytes: Buffer.from(JSON.stringify(data)) } });
const asMap = avro.toBuffer({ attribute, data: { map } });

const avroFile = (): Buffer => {
  const block = Buffer.concat([asText, asMap]);
  const long = avsc.Type.forSchema('long');
  const head = avsc.Type.forSchema({ type: 'map', values: 'bytes' }).toBuffer({
    'avro.schema': Buffer.from(JSON.stringify(cloudEventSchema)),
  });
  const sync = Buffer.alloc(16, 7);
  const sized = [long.toBuffer(2), long.toBuffer(block.length), block];
  return Buffer.concat([Buffer.from('Obj\u0001'), head, sync, ...sized, sync]);
};

const meterEvents = [
  {
    ...{ specversion: '1.0', type: 'litellm_tokens', source: 'litellm-proxy', id: 'chatcmpl-1' },
    ...{ time: '2026-05-20T03:00:00.5+00:00', subject: 'shenzhen' },
    data: { model: 'm', cost: 0.1, prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  },
  {
    ...{ specversion: '1.0', type: 'tokens', source: 's', id: 'i', time: '2026-05-20T03:00:00Z' },
    ...{ subject: 'shenzhen', data: { model: 'm', tokens: '123456', type: 'output' } },
  },
];
const headers = Object.entries(attributes).flatMap(([name, value]) => [`ce-${name}`, value]);

interface Target {
  readonly name: string;
  readonly door: Door;
  readonly seeds: readonly Buffer[];
}

const TARGETS: readonly Target[] = [
  {
    name: 'OTLP traces in protobuf',
    door: otlp(readProtobuf, TRACES),
    seeds: [bytes(ProtobufTraceSerializer.serializeRequest(spans))],
  },
  {
    name: 'OTLP traces in JSON',
    door: otlp(readJson, TRACES),
    seeds: [bytes(JsonTraceSerializer.serializeRequest(spans))],
  },
  {
    name: 'OTLP logs in protobuf',
    door: otlp(readProtobuf, LOGS),
    seeds: [bytes(ProtobufLogsSerializer.serializeRequest(logs))],
  },
  {
    name: 'OTLP logs in JSON',
    door: otlp(readJson, LOGS),
    seeds: [bytes(JsonLogsSerializer.serializeRequest(logs))],
  },
  {
    name: 'OpenMeter events',
    door: meter,
    seeds: [meterEvents, meterEvents[0]].map((body) => Buffer.from(JSON.stringify(body))),
  },
  {
    name: 'CloudEvents in Avro',
    door: (body) => admitted([avroItem(body)]),
    seeds: [asText, asMap],
  },
  {
    name: 'a file of CloudEvents in Avro',
    door: (body) => admitted(each(avroFileItems(body))),
    seeds: [avroFile()],
  },
  {
    name: 'CloudEvents in binary mode',
    door: binary,
    seeds: [Buffer.from(`${headers.join('\t')}\n${JSON.stringify(data)}`)],
  },
];

/** Whatever else is thrown is a fault of ours. */
const outcome = (door: Door, body: Buffer): readonly Admitted[] => {
  try {
    return door(body);
  } catch (error) {
    if (error instanceof Malformed || error instanceof HttpProblem) return [];
    throw error;
  }
};

const CODES = new Set([...Object.keys(refusalCodes), ...Object.keys(foreignRefusalCodes)]);

const isSound = (result: Admitted): boolean =>
  'refused' in result
    ? CODES.has(result.refused.code)
    : Object.values(result.ok.kinds).every((count) => count >= 0n && count <= 10n ** 18n);

describe('I30 a door that gets nearly right bytes', () => {
  it.each(TARGETS)('of $name reads them as they are meant, unchanged', ({ door, seeds }) => {
    for (const seed of seeds) {
      expect(door(seed).some((result) => 'ok' in result)).toBe(true);
    }
  });

  const runs = Math.ceil(RUNS / TARGETS.length);
  it.each(TARGETS)(
    `of $name answers or refuses each of ${runs} changed ones (seed ${SEED})`,
    ({ name, door, seeds }) => {
      const random = randomFrom(SEED);
      let slowest = 0;
      let accepted = 0;
      for (let run = 0; run < runs; run += 1) {
        const body = mutated(seeds[run % seeds.length] ?? Buffer.alloc(0), random);
        const start = performance.now();
        const results = outcome(door, body);
        slowest = Math.max(slowest, performance.now() - start);
        accepted += results.filter((result) => 'ok' in result).length;
        const unsound = results.find((result) => !isSound(result));
        if (unsound !== undefined)
          throw new Error(`${name}, run ${run}: ${JSON.stringify(unsound)}`);
      }
      expect(slowest).toBeLessThan(ONE_MS);
      // A mutator that breaks everything tests nothing.
      expect(accepted).toBeGreaterThan(runs / 100);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
    600_000,
  );
});
