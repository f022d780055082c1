/**
 * The figures as a table for a person and as JSON; the keys of ratios hold the word `ratio`.
 */
import Table from 'cli-table3';

import type { CopyLimits } from './copy-limits.js';
import { type Figure, ratio, type RatioRow, ratioRow, shown } from './figures.js';
import type { FormFigures, HalfLoadFigures, IngestFigures, StreamFigures } from './ingest.js';
import type { Machine } from './machine.js';
import type { ByProcess, RatingFigures } from './rating.js';

export interface Measured {
  readonly produce: Figure;
  readonly consume: Figure;
  readonly copy: CopyLimits | null;
  readonly ingest: IngestFigures | null;
  readonly rating: RatingFigures | null;
  /** The second round, on the table that the first one left. */
  readonly history: RatingFigures | null;
  readonly halfLoad: HalfLoadFigures | null;
  readonly stream: StreamFigures | null;
}

export interface Report {
  readonly machine: Machine;
  readonly events: number;
  readonly distribution: string;
  readonly measured: Measured;
}

const sumOf = ({ pricing, postgres, kafka }: ByProcess): Figure =>
  pricing === null || postgres === null || kafka === null ? null : pricing + postgres + kafka;

const growth = ({ rating, history }: Measured, of: (each: ByProcess) => Figure): Figure =>
  rating === null || history === null
    ? null
    : ratio(of(history.cpuMicrosPerEvent), of(rating.cpuMicrosPerEvent));

/** The report as it is written to a file. */
export const toJson = ({ machine, events, distribution, measured }: Report): unknown => {
  const { produce, consume, copy, ingest, rating, history, halfLoad, stream } = measured;
  return {
    ...{ machine, events, distribution },
    limits: {
      producePerSecond: produce,
      consumePerSecond: consume,
      copyUniquePerSecond: copy?.unique ?? null,
      copyHashUniquePerSecond: copy?.hashUnique ?? null,
    },
    ingest: ingest && {
      ...ingest,
      batchesRatioToProduce: ratio(ingest.batches.perSecond, produce),
      linesRatioToProduce: ratio(ingest.lines.perSecond, produce),
    },
    ...{ halfLoad, stream },
    rating: rating && {
      ...rating,
      ratioToCopyUnique: ratio(rating.perSecond, copy?.unique.first ?? null),
      ratioToConsume: ratio(rating.perSecond, consume),
    },
    history: history && {
      ...history,
      ratioToCopyUnique: ratio(history.perSecond, copy?.unique.second ?? null),
      pricingCpuRatioToFirstRound: growth(measured, (each) => each.pricing),
      cpuRatioToFirstRound: growth(measured, sumOf),
    },
  };
};

const ratioRows = (measured: Measured): readonly RatioRow[] => {
  const { produce, consume, copy, ingest, rating, history } = measured;
  const rows: RatioRow[] = [];
  if (ingest !== null) {
    rows.push(ratioRow('ingest, batches : produce', ingest.batches.perSecond, produce));
    rows.push(ratioRow('ingest, NDJSON : produce', ingest.lines.perSecond, produce));
  }
  if (rating !== null) {
    rows.push(ratioRow('rating : COPY unique', rating.perSecond, copy?.unique.first ?? null));
    rows.push(ratioRow('rating : consume', rating.perSecond, consume));
  }
  if (history !== null) {
    const limit = copy?.unique.second ?? null;
    rows.push(ratioRow('rating, second round : COPY unique', history.perSecond, limit));
  }
  return rows;
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const made = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) made.push([...row]);
  return made.toString();
};

const limitRows = ({ produce, consume, copy }: Measured): readonly (readonly string[])[] => [
  ['kafkajs produce', shown(produce), ''],
  ['kafkajs consume', shown(consume), ''],
  [
    'COPY, unique (source, id)',
    shown(copy?.unique.first ?? null),
    shown(copy?.unique.second ?? null),
  ],
  [
    'COPY, unique (h1, h2)',
    shown(copy?.hashUnique.first ?? null),
    shown(copy?.hashUnique.second ?? null),
  ],
];

const costRows = (name: string, { cpuMicrosPerEvent, peakMiB }: RatingFigures): string[][] =>
  (['pricing', 'postgres', 'kafka'] as const).map((each) => [
    `${name}: ${each}`,
    shown(cpuMicrosPerEvent[each]),
    shown(peakMiB[each]),
  ]);

const formRow = (name: string, { cpuMicrosPerEvent, peakMiB }: FormFigures): string[] => [
  ...[name, shown(cpuMicrosPerEvent), shown(peakMiB)],
];

const processRows = ({ ingest, rating, history, stream }: Measured): string[][] => [
  ...(ingest === null
    ? []
    : [formRow('ingest, batches', ingest.batches), formRow('ingest, NDJSON', ingest.lines)]),
  ...(stream === null ? [] : [formRow(`ingest, one stream of ${stream.mebibytes} MiB`, stream)]),
  ...(rating === null ? [] : costRows('rating', rating)),
  ...(history === null ? [] : costRows('second round', history)),
];

const sentences = ({ events, distribution, measured }: Report): readonly string[] => {
  const { ingest, rating, history, halfLoad } = measured;
  const lines = [`${shown(events)} events a round: ${distribution}.`];
  if (ingest !== null) {
    const { batchP50Millis, batchP99Millis } = ingest;
    lines.push(
      `A batch is acknowledged in ${batchP50Millis} ms (p50), ${batchP99Millis} ms (p99).`,
    );
  }
  if (halfLoad !== null) {
    const { full, offered, p50Millis, p99Millis } = halfLoad;
    lines.push(
      `In batches of 100: ${shown(full)} events/s; at half of that, ${shown(offered)}: ${p50Millis} ms (p50), ${p99Millis} ms (p99).`,
    );
  }
  if (rating !== null) {
    lines.push(`usage.rated was told ${rating.announcedAfterSeconds} s after the last commit.`);
  }
  if (history !== null) {
    const all = growth(measured, sumOf);
    lines.push(`CPU an event in the second round to the first: ${shown(all)} (must not grow).`);
  }
  return lines;
};

/** The report as text. */
export const toText = (report: Report): string => {
  const { machine, measured } = report;
  const ratios = ratioRows(measured).map(({ name, ours, limit, ratio: found }) => [
    ...[name, shown(ours), shown(limit), shown(found)],
  ]);
  return [
    `\n${machine.cpus} × ${machine.cpu}, ${shown(machine.memoryMiB)} MiB, Node ${machine.node}`,
    ...sentences(report),
    table(['limits, per second', 'first round', 'second round'], limitRows(measured)),
    ...(ratios.length === 0 ? [] : [table(['ours : limit', 'ours/s', 'limit/s', 'ratio'], ratios)]),
    ...(processRows(measured).length === 0
      ? []
      : [table(['process', 'CPU µs/event', 'peak MiB'], processRows(measured))]),
  ].join('\n');
};
