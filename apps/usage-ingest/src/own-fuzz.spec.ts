/**
 * Nearly right bytes at the doors of our own form, and on the log behind them: an answer or a problem,
 * in bounded time, and what is accepted can be written, read and written again.
 *
 * Source      reliability.md I30; the large proof sets SUANPAN_FUZZ_RUNS, a repeat SUANPAN_SEED
 */
import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { Malformed } from '@suanpan/event-sourcing';
import { decode, encode, identityOf, payloadHash } from '@suanpan/messages';
import type { UsageRecorded } from '@suanpan/messages';
import { HttpProblem } from '@suanpan/platform-http';
import { admitEvent, builtInDialects, foreignRefusalCodes, refusalCodes } from '@suanpan/usage';
import type { Admitted, Dialect, DoorMapping, Sender } from '@suanpan/usage';
import fc from 'fast-check';
import { mutated, randomFrom } from '../test/byte-mutator.js';
import { bodyOf } from '../test/provider-bodies.js';
import { SOURCE, usageData, usageEvent } from '../test/usage-event.js';
import { EVENT_BYTES_MAX } from './events/limits.js';
import { LineSplitter } from './events/line-splitter.js';
import { readItems } from './events/read-items.js';
import { readLine } from './events/read-line.js';
import type { Item } from './events/item.js';
import type { Judge } from './events/senders.js';
import { readKept } from './submitted/read-record.js';
import { dialectJudge } from './usage-bodies/dialect-judge.js';
import { fromWireItem } from './usage-bodies/envelopes.js';

const RUNS = Number(process.env['SUANPAN_FUZZ_RUNS'] ?? 20_000);
const SEED = Number(process.env['SUANPAN_SEED'] ?? 20_260_521);
/** Of one input; a machine that runs much else is slow, but not that slow. */
const ONE_MS = 2_000;
const MINUTES_10 = 600_000;

const sender: Sender = {
  ...{ tenant: 'shantou', sources: [SOURCE], centre: 'gz' },
  isActive: (centre) => centre === 'gz',
  now: parseInstant('2026-06-30T00:00:00Z'),
  lateLimit: 90n * 86_400_000_000n,
};
const mapping: DoorMapping = {
  ...{ source: SOURCE, subjects: new Map(), idRule: 'sender-or-response' },
  ...{ fallback: { contract: 'c', buyer: 'b' }, kindsIncomplete: 'flag', subjectAttributes: [] },
};

type Door = (body: Buffer) => readonly Admitted[];

const judged = (items: readonly Item[], judge: Judge = admitEvent): Admitted[] =>
  items
    .filter(({ unreadable, deep }) => unreadable === null && !deep)
    .map(({ value }) => judge(value, sender));
const whole = (body: Buffer): readonly Item[] => {
  const { count, at } = readItems(body, 'either');
  return Array.from({ length: count }, (_, index) => at(index));
};
const lines: Door = (body) => {
  const splitter = new LineSplitter(EVENT_BYTES_MAX);
  const half = body.length >> 1;
  const read = [...splitter.push(body.subarray(0, half)), ...splitter.push(body.subarray(half))];
  return judged([...read, ...splitter.end()].map(readLine));
};
const dialect = builtInDialects.get('openai-chat') as Dialect;

/** What the log holds is read, and what was read is written again to the same meaning. */
const log: Door = (body) => {
  const message = decode(body);
  if (message.type !== 'usage.recorded') return [];
  const again = decode(encode('usage.recorded', message.value)).value as UsageRecorded;
  expect(payloadHash(again).equals(payloadHash(message.value))).toBe(true);
  const { tenant, source, id } = again;
  expect(identityOf(tenant, source, id)).toHaveLength(16);
  // Pricing judges what stands there; the door's rule of kinds is not the log's.
  return [{ ok: { ...message.value, kinds: {} } as never }];
};

const full = usageEvent('fuzz', {
  ...{ subject: 'key-7', datacontenttype: 'application/json', traceparent: '00-4bf9' },
  data: usageData({
    ...{
      modelServed: 'm-2',
      upstream: 'u',
      latencyMs: '120',
      audioMs: 1_500,
      endUserCountry: 'ID',
    },
    ...{ routeType: 'x', controlRegion: 'CN-44', finality: 'final', metadata: { note: '算盘' } },
  }),
});
const overlapping = usageEvent('fuzz-2', {
  data: {
    ...{ contract: 'c', buyer: 'b', centre: 'gz', model: 'm' },
    usage: {
      ...{ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      prompt_tokens_details: { cached_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 2 },
    },
  },
});
const voided = usageEvent('fuzz-3', {
  type: 'suanpan.usage.void.v1',
  data: { centre: 'gz', correctsId: 'fuzz', revision: 1 },
});
const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const admittedFull = admitEvent(full, sender);
const recorded = 'ok' in admittedFull ? encode('usage.recorded', admittedFull.ok) : Buffer.alloc(0);

interface Target {
  readonly name: string;
  readonly door: Door;
  readonly seeds: readonly Buffer[];
}

const TARGETS: readonly Target[] = [
  {
    name: 'events in JSON',
    door: (body) => judged(whole(body)),
    seeds: [text(full), text(overlapping), text(voided), text([full, overlapping, voided])],
  },
  {
    name: 'lines of events',
    door: lines,
    seeds: [Buffer.from([full, overlapping, voided].map((one) => JSON.stringify(one)).join('\n'))],
  },
  {
    name: 'provider bodies in envelopes',
    door: (body) => judged(whole(body), dialectJudge(dialect, mapping, fromWireItem)),
    seeds: [
      text({
        ...{ id: 'e', time: '2026-06-15T10:00:00Z', subject: 'k', model: 'm' },
        response: bodyOf('openai-chat'),
      }),
    ],
  },
  {
    name: 'records of a centre’s own topic',
    door: (body) => judged([readKept(body, 0)]),
    seeds: [text(full)],
  },
  { name: 'usage.recorded on the log', door: log, seeds: [recorded] },
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

const isSound = (result: Admitted): boolean => {
  if ('refused' in result) return CODES.has(result.refused.code);
  const counts = Object.values(result.ok.kinds);
  return counts.every((count) => count >= 0n && count <= 10n ** 18n);
};

/** What was accepted is written to the log and read back as it was. */
const isKept = (result: Admitted): boolean => {
  if ('refused' in result) return true;
  const { value } = decode(encode('usage.recorded', result.ok));
  return payloadHash(value as UsageRecorded).equals(payloadHash(result.ok as UsageRecorded));
};

const share = Math.ceil(RUNS / (TARGETS.length + 1));

describe('I30 a door of our own that gets nearly right bytes', () => {
  it.each(TARGETS)('for $name reads them as they are meant, unchanged', ({ door, seeds }) => {
    for (const seed of seeds) {
      const results = door(seed);
      expect(results.length).toBeGreaterThan(0);
      expect(results.every((result) => 'ok' in result)).toBe(true);
    }
  });

  it.each(TARGETS)(
    `for $name answers or refuses each of ${share} changed ones (seed ${SEED})`,
    ({ name, door, seeds }) => {
      const random = randomFrom(SEED);
      let slowest = 0;
      let accepted = 0;
      for (let run = 0; run < share; run += 1) {
        const body = mutated(seeds[run % seeds.length] ?? Buffer.alloc(0), random);
        const start = performance.now();
        const results = outcome(door, body);
        slowest = Math.max(slowest, performance.now() - start);
        accepted += results.filter((result) => 'ok' in result).length;
        const wrong = results.find(
          (result) => !isSound(result) || (door !== log && !isKept(result)),
        );
        if (wrong !== undefined) throw new Error(`${name}, run ${run}: ${String(body)}`);
      }
      expect(slowest).toBeLessThan(ONE_MS);
      // A mutator that breaks everything tests nothing.
      expect(accepted).toBeGreaterThan(share / 100);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
    MINUTES_10,
  );
});

const word = fc.oneof(
  fc.constantFrom('', 'gz', 'hz', SOURCE, '2026-06-15T10:00:00Z', '2026-06-31T00:00:00Z', '1.0'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const leaf = fc.oneof(
  word,
  fc.constantFrom(null, true, -1, 0, 1.5, 1e21, 2 ** 53, '9'.repeat(20), '-1', '7', Number.NaN),
  fc.bigInt({ min: 0n, max: 10n ** 19n }).map(String),
);
const names = [
  ...['tokens', 'usage', 'input', 'output', 'prompt_tokens', 'metadata', 'contract', 'buyer', 'id'],
  ...['centre', 'model', 'correctsId', 'revision', 'latencyMs', 'endUserCountry', 'tokns'],
];
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), word), tie('value'), { maxKeys: 5 }),
  ),
}));
const event = fc
  .record({
    base: fc.constantFrom(full, overlapping, voided),
    over: fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(full)), word), value, {
      maxKeys: 3,
    }),
    data: fc.dictionary(fc.oneof(fc.constantFrom(...names), word), value, { maxKeys: 3 }),
  })
  .map(({ base, over, data }) => ({
    ...base,
    data: { ...(base['data'] as object), ...data },
    ...over,
  }));

describe('I30 events of any shape', () => {
  it(
    `are facts that are kept as they were or known codes: ${share} inputs (seed ${SEED})`,
    () => {
      fc.assert(
        fc.property(event, (one) => {
          const body = text(one);
          for (const result of outcome((bytes) => judged(whole(bytes)), body)) {
            if (!isSound(result) || !isKept(result)) throw new Error(String(body));
          }
        }),
        { numRuns: share, seed: SEED },
      );
    },
    MINUTES_10,
  );
});
