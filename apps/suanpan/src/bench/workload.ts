/**
 * The events of the bench: what is sent and what the log holds.
 *
 * Shape       event `index` is always the same event. Ids look random; contract and model are drawn evenly, one
 *             centre sends a batch; times rise evenly through a quarter of an hour.
 */
import { hash } from 'node:crypto';

import { encode, identityOf, usagePartition } from '@suanpan/messages';

import { CENTRES, TENANT } from '../demo/parties.js';

export const BATCH_EVENTS = 1_000;
export const KINDS = ['input', 'cached_input', 'output', 'reasoning'] as const;
export type Kind = (typeof KINDS)[number];

export const CONTRACTS = 12;
export const MODELS = 6;
const SPAN_MICROS = 900_000_000n;
const BEGIN_MILLIS = Date.UTC(2026, 4, 15, 3);
const MICROS_PER_MILLI = 1_000n;

export const DISTRIBUTION =
  `${CONTRACTS} contracts × ${MODELS} models × ${CENTRES.length} centres drawn evenly, over a quarter of an hour of event ` +
  'time; distinct random-looking ids; input and output always, cached_input in 1 of 2, reasoning in 1 of 4; ' +
  `HTTP batches of ${BATCH_EVENTS} from one centre each`;

export interface BenchEvent {
  readonly id: string;
  /** Microseconds since the epoch. */
  readonly time: bigint;
  readonly centre: (typeof CENTRES)[number];
  readonly contract: string;
  readonly buyer: string;
  readonly model: number;
  readonly tokens: Readonly<Partial<Record<Kind, number>>>;
}

export const two = (number: number): string => String(number).padStart(2, '0');
export const modelName = (model: number): string => `bench-model-${model + 1}`;

const tokensOf = (draw: number): BenchEvent['tokens'] => ({
  input: 200 + (draw % 3_989),
  ...((draw >>> 3) % 2 === 0 ? { cached_input: 1_000 + (draw % 7_993) } : {}),
  output: 50 + (draw % 887),
  ...((draw >>> 5) % 4 === 0 ? { reasoning: 20 + (draw % 293) } : {}),
});

const centreAt = (index: number): BenchEvent['centre'] => {
  const centre = CENTRES[Math.floor(index / BATCH_EVENTS) % CENTRES.length];
  if (centre === undefined) throw new Error('The demo has no centres.');
  return centre;
};

/** Event `index` of a run whose rounds have `round` events each. */
export const eventAt = (index: number, round: number): BenchEvent => {
  const digest = hash('sha256', `bench-${index}`, 'hex');
  const draw = Number.parseInt(digest.slice(40, 48), 16);
  const contract = two((draw % CONTRACTS) + 1);
  const passed = (SPAN_MICROS * BigInt(index % round)) / BigInt(round);
  return {
    id: digest.slice(0, 32),
    time: BigInt(BEGIN_MILLIS) * MICROS_PER_MILLI + passed,
    centre: centreAt(index),
    contract: `bench-contract-${contract}`,
    buyer: `bench-buyer-${contract}`,
    model: Math.floor(draw / CONTRACTS) % MODELS,
    tokens: tokensOf(draw),
  };
};

/** RFC 3339 with six digits. */
export const timeText = (time: bigint): string => {
  const seconds = new Date(Number(time / MICROS_PER_MILLI)).toISOString().slice(0, 20);
  return `${seconds}${String(time % 1_000_000n).padStart(6, '0')}Z`;
};

/** The CloudEvent that a centre sends. */
export const toWire = (event: BenchEvent): Readonly<Record<string, unknown>> => ({
  specversion: '1.0',
  type: 'suanpan.usage.v1',
  source: event.centre.source,
  id: event.id,
  time: timeText(event.time),
  data: {
    contract: event.contract,
    buyer: event.buyer,
    centre: event.centre.id,
    model: modelName(event.model),
    tokens: event.tokens,
  },
});

export interface LogEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly partition: number;
}

/** The record that the door puts on the log for it. */
export const toRecord = (event: BenchEvent): LogEntry => {
  const key = identityOf(TENANT, event.centre.source, event.id);
  const kinds = Object.entries(event.tokens).map(([kind, count]) => [kind, BigInt(count)]);
  const value = encode('usage.recorded', {
    ...{ tenant: TENANT, source: event.centre.source, id: event.id, time: event.time },
    ...{ contract: event.contract, buyer: event.buyer, centre: event.centre.id },
    ...{ modelOrdered: modelName(event.model), modelServed: null },
    kinds: Object.fromEntries(kinds) as Record<string, bigint>,
  });
  return { key, value, partition: usagePartition(key) };
};
