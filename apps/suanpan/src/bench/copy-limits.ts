/**
 * What PostgreSQL can do with rows of the same columns: COPY into a table with one unique index.
 *
 * Shape       rows are rendered beforehand; each 5,000 are one COPY that commits; one connection; two rounds, so
 *             that the second meets a table as large as the second round of rating does.
 * Units       rows a second
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import { type Bench, settle } from './bench.js';
import { type Figure, perSecond } from './figures.js';
import { eventAt, timeText, toRecord } from './workload.js';

const COMMIT_ROWS = 5_000;
const DIMS = 216;

const COLUMNS =
  'h1, h2, time, dims, price_version, input, cached_input, cache_write, output, reasoning, "offset", partition, ' +
  'billing_state, hash_version, tenant, source, id, service_period, posting_period, payload_hash, amount, ' +
  'other_kinds, extra';

export interface CopyLimit {
  readonly first: Figure;
  readonly second: Figure;
}

/** One call as a line of COPY's text format; hashes and content ids are stand-ins of their size. */
const lineOf = (index: number, round: number): string => {
  const event = eventAt(index, round);
  const { key, partition } = toRecord(event);
  const { tokens } = event;
  const dims = BigInt.asIntN(64, BigInt(index % DIMS) * 0x9e3779b97f4a7c15n);
  const hash = Buffer.concat([key, key]).toString('hex');
  return `${[
    ...[key.readBigInt64BE(0), key.readBigInt64BE(8), timeText(event.time), dims, 1n],
    ...[tokens.input ?? 0, tokens.cached_input ?? 0, 0, tokens.output ?? 0, tokens.reasoning ?? 0],
    ...[Math.floor(index / 64), partition, 0, 1, 'shantou', event.centre.source, event.id],
    ...['2026-05', '2026-05', `\\\\x${hash}`, '0.0012345678', '\\N', '\\N'],
  ].join('\t')}\n`;
};

const chunksOf = (from: number, round: number): readonly Buffer[] =>
  Array.from({ length: Math.ceil(round / COMMIT_ROWS) }, (_, chunk) => {
    const start = from + chunk * COMMIT_ROWS;
    const length = Math.min(COMMIT_ROWS, from + round - start);
    return Buffer.from(Array.from({ length }, (__, row) => lineOf(start + row, round)).join(''));
  });

const copyAll = async (
  sql: pg.Client,
  table: string,
  chunks: readonly Buffer[],
): Promise<number> => {
  const begun = performance.now();
  for (const chunk of chunks) {
    const target = sql.query(copyFrom(`copy ${table} (${COLUMNS}) from stdin`));
    await pipeline(Readable.from([chunk], { objectMode: false }), target);
  }
  return (performance.now() - begun) / 1_000;
};

interface Variant {
  readonly table: string;
  readonly unique: string;
  readonly rounds: readonly (readonly Buffer[])[];
}

const measure = async (bench: Bench, { table, unique, rounds }: Variant): Promise<CopyLimit> => {
  const { sql, events } = bench;
  await sql.query('create schema if not exists bench');
  await sql.query(`create table bench.${table} (like pricing.call including defaults)`);
  await sql.query(`create unique index on bench.${table} (${unique})`);
  const found: Figure[] = [];
  for (const chunks of rounds) {
    await settle(bench);
    found.push(perSecond(events, await copyAll(sql, `bench.${table}`, chunks)));
  }
  await sql.query(`drop table bench.${table}`);
  return { first: found[0] ?? null, second: found[1] ?? null };
};

export interface CopyLimits {
  /** Unique (source, id): the limit that rating is compared with. */
  readonly unique: CopyLimit;
  /** Unique (h1, h2), the key that pricing has: for information. */
  readonly hashUnique: CopyLimit;
}

export const measureCopy = async (bench: Bench): Promise<CopyLimits> => {
  const { events } = bench;
  const rounds = [chunksOf(0, events), chunksOf(events, events)];
  const unique = await measure(bench, { table: 'copy_unique', unique: 'source, id', rounds });
  const hashUnique = await measure(bench, { table: 'copy_hash', unique: 'h1, h2', rounds });
  return { unique, hashUnique };
};
