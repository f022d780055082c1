/**
 * Posts entries to the books of a legal entity.
 *
 * Shape       the head of the entity's chain is a row; whoever posts holds its lock from before the
 *             causing event is appended, so that the events' order is the chain's order.
 * Invariant   seq has no gap; hash = SHA-256 of the canonical bytes, which hold the hash before it.
 * Source      design rulings R15, R28; reliability D10
 */
import type { JournalEntry } from '@suanpan/ledger';
import { GENESIS, canonicalBytes, chainHash } from '@suanpan/ledger';
import { formatMoney } from '@suanpan/money';
import { crashPoint } from '@suanpan/platform-observability';
import type { Tx } from '@suanpan/platform-postgres';
import type { EntryBody } from './entry-body.js';
import { fromEntryBody } from './entry-body.js';

const OPEN = `
insert into chain_head (tenant, entity, seq, hash) values ($1, $2, 0, $3) on conflict do nothing`;

const LOCK = `select seq, hash from chain_head where tenant = $1 and entity = $2 for update`;

interface HeadRow {
  readonly seq: string;
  readonly hash: Buffer;
}

/** Lets one transaction at a time write the books of an entity. */
export const lockBooks = async (tx: Tx, tenant: string, entity: string): Promise<HeadRow> => {
  const [known] = await tx.query<HeadRow>(LOCK, [tenant, entity]);
  if (known !== undefined) return known;
  await tx.query(OPEN, [tenant, entity, Buffer.from(GENESIS)]);
  const [head] = await tx.query<HeadRow>(LOCK, [tenant, entity]);
  return head ?? { seq: '0', hash: Buffer.from(GENESIS) };
};

const ENTRY = `
insert into journal_entry (tenant, entity, seq, entry_id, booking_date, description, source,
  line_count, canonical, prev_hash, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

const LINES = `
insert into journal_line (tenant, entity, seq, line, account, counterparty, currency, amount,
  functional_currency, functional, rate_id)
select $1, $2, $3, place, account, counterparty, currency, amount, functional_currency, functional,
  rate_id
from unnest($4::text[], $5::text[], $6::text[], $7::numeric[], $8::text[], $9::numeric[],
    $10::text[])
  with ordinality as l(account, counterparty, currency, amount, functional_currency, functional,
    rate_id, place)`;

const insertLines = async (
  tx: Tx,
  key: readonly [tenant: string, entity: string, seq: string],
  { lines }: JournalEntry,
): Promise<void> => {
  await tx.query(LINES, [
    ...key,
    lines.map(({ account }) => account),
    lines.map(({ counterparty }) => counterparty ?? null),
    lines.map(({ amount }) => amount.currency),
    lines.map(({ amount }) => formatMoney(amount)),
    lines.map(({ functional }) => functional.currency),
    lines.map(({ functional }) => formatMoney(functional)),
    lines.map(({ rateId }) => rateId ?? null),
  ]);
};

/** Adds one entry to the chain of its entity. */
export const postEntry = async (tx: Tx, tenant: string, body: EntryBody): Promise<void> => {
  const entry = fromEntryBody(body);
  const { entity } = entry;
  const head = await lockBooks(tx, tenant, entity);
  const seq = BigInt(head.seq) + 1n;
  const position = { tenant, seq, previousHash: head.hash };
  const hash = Buffer.from(chainHash(position, entry));
  await tx.query(ENTRY, [
    ...[tenant, entity, seq.toString(), entry.entryId, entry.bookingDate],
    ...[entry.description, entry.source, entry.lines.length],
    ...[Buffer.from(canonicalBytes(position, entry)), head.hash, hash],
  ]);
  await insertLines(tx, [tenant, entity, seq.toString()], entry);
  await tx.query(`update chain_head set seq = $3, hash = $4 where tenant = $1 and entity = $2`, [
    ...[tenant, entity, seq.toString(), hash],
  ]);
  crashPoint('settlement:entry-posted');
};
