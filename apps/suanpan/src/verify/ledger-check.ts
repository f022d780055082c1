import { createHash } from 'node:crypto';

import type { Snapshot } from './database.js';
import {
  type Exact,
  exactOf,
  isNothing,
  minorDigits,
  NOTHING,
  plus,
  roundTo,
  shown,
} from './exact.js';
import type { Tally } from './findings.js';

/**
 * The journal: every entry is zero in each currency and in the functional one, the chain holds, and its bytes say
 * the same as its rows.
 *
 * Source      I5, I7; R28; the bytes of an entry: docs of the ledger, format suanpan.journal-entry.1
 */
interface EntryRow {
  readonly tenant: string;
  readonly entity: string;
  readonly seq: string;
  readonly entry_id: string;
  readonly booking_date: string;
  readonly description: string;
  readonly source: string;
  readonly line_count: number;
  readonly canonical: Buffer;
  readonly prev_hash: Buffer;
  readonly hash: Buffer;
}

interface LineRow {
  readonly tenant: string;
  readonly entity: string;
  readonly seq: string;
  readonly account: string;
  readonly counterparty: string | null;
  readonly currency: string;
  readonly amount: string;
  readonly functional_currency: string;
  readonly functional: string;
  readonly rate_id: string | null;
}

const FORMAT = 'suanpan.journal-entry.1';
const ABSENT = Buffer.from([0xff, 0xff, 0xff, 0xff]);

const field = (value: string | Buffer | null): Buffer => {
  if (value === null) return ABSENT;
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const minorText = (amount: string, currency: string): string =>
  String(roundTo(exactOf(amount), minorDigits(currency), 'half-even'));

/** The bytes that an entry's rows make. */
const bytesOf = (entry: EntryRow, lines: readonly LineRow[]): Buffer =>
  Buffer.concat(
    [
      ...[FORMAT, entry.tenant, entry.seq, entry.prev_hash, entry.entity, entry.entry_id],
      ...[entry.booking_date, entry.description, entry.source, String(lines.length)],
      ...lines.flatMap((line) => [
        ...[line.account, line.counterparty],
        ...[minorText(line.amount, line.currency), line.currency],
        ...[minorText(line.functional, line.functional_currency), line.functional_currency],
        line.rate_id,
      ]),
    ].map(field),
  );

const addTo = (sums: Map<string, Exact>, currency: string, amount: string): void => {
  sums.set(currency, plus(sums.get(currency) ?? NOTHING, exactOf(amount)));
};

const zeroFault = (lines: readonly LineRow[]): string | null => {
  const sums = new Map<string, Exact>();
  for (const line of lines) {
    addTo(sums, line.currency, line.amount);
    addTo(sums, `functional ${line.functional_currency}`, line.functional);
  }
  const odd = [...sums].find(([, sum]) => !isNothing(sum));
  return odd === undefined ? null : `Σ ${odd[0]} is ${shown(odd[1])}, not 0`;
};

interface Chain {
  readonly seq: bigint;
  readonly hash: Buffer;
}

const GENESIS: Chain = { seq: 0n, hash: Buffer.alloc(32) };

const chainFault = (entry: EntryRow, lines: readonly LineRow[], before: Chain): string | null => {
  if (BigInt(entry.seq) !== before.seq + 1n) return `follows ${before.seq}: entries are missing`;
  if (!entry.prev_hash.equals(before.hash)) return 'is not chained to the entry before it';
  if (!bytesOf(entry, lines).equals(entry.canonical)) return 'its rows are not what was chained';
  const hash = createHash('sha256').update(entry.canonical).digest();
  return hash.equals(entry.hash) ? null : 'its hash is not that of its bytes';
};

const ENTRIES = `
select tenant, entity, seq, entry_id, booking_date::text as booking_date, description, source,
  line_count, canonical, prev_hash, hash
from settlement.journal_entry order by tenant, entity, settlement.journal_entry.seq`;

const LINES = `
select tenant, entity, seq, account, counterparty, currency, amount, functional_currency,
  functional, rate_id
from settlement.journal_line order by tenant, entity, settlement.journal_line.seq, line`;

export interface LedgerTallies {
  readonly zero: Tally;
  readonly trial: Tally;
  readonly chain: Tally;
}

const linesByEntry = async (snapshot: Snapshot): Promise<Map<string, LineRow[]>> => {
  const groups = new Map<string, LineRow[]>();
  for (const line of await snapshot.rows<LineRow>(LINES)) {
    const key = `${line.tenant} ${line.entity} ${line.seq}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(line);
  }
  return groups;
};

const checkTrial = (lines: Iterable<readonly LineRow[]>, tally: Tally): void => {
  const sums = new Map<string, Exact>();
  for (const line of [...lines].flat()) {
    const books = `${line.tenant} ${line.entity}`;
    addTo(sums, `${books} ${line.currency}`, line.amount);
    addTo(sums, `${books} functional ${line.functional_currency}`, line.functional);
  }
  for (const [name, sum] of sums) {
    tally.see(isNothing(sum) ? null : `${name}: the trial balance is ${shown(sum)}, not 0`);
  }
};

/** Every entry of every legal entity. */
export const checkLedger = async (snapshot: Snapshot, tallies: LedgerTallies): Promise<void> => {
  const lines = await linesByEntry(snapshot);
  checkTrial(lines.values(), tallies.trial);
  const heads = new Map<string, Chain>();
  for (const entry of await snapshot.rows<EntryRow>(ENTRIES)) {
    const books = `${entry.tenant} ${entry.entity}`;
    const key = `${books} ${entry.seq}`;
    const own = lines.get(key) ?? [];
    lines.delete(key);
    const name = `entry ${entry.entity} ${entry.seq} (${entry.entry_id})`;
    const zero = own.length === 0 ? 'has no lines' : zeroFault(own);
    tallies.zero.see(zero === null ? null : `${name}: ${zero}`);
    const chained = chainFault(entry, own, heads.get(books) ?? GENESIS);
    tallies.chain.see(chained === null ? null : `${name}: ${chained}`);
    heads.set(books, { seq: BigInt(entry.seq), hash: entry.hash });
  }
  for (const key of lines.keys()) tallies.zero.violate(`lines of entry ${key} have no entry`);
  const stored = await snapshot.rows<{ books: string; seq: string; hash: Buffer }>(
    `select tenant || ' ' || entity as books, seq, hash from settlement.chain_head`,
  );
  for (const { books, seq, hash } of stored) {
    const head = heads.get(books) ?? GENESIS;
    const whole = head.seq === BigInt(seq) && head.hash.equals(hash);
    tallies.chain.see(
      whole ? null : `${books}: the head is ${seq}, the journal ends at ${head.seq}`,
    );
  }
};
