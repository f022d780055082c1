import { decode } from '@suanpan/messages';

import type { Snapshot } from './database.js';
import {
  type Exact,
  exactOf,
  isNothing,
  minorDigits,
  minus,
  over,
  roundTo,
  same,
  shown,
  times,
  whole,
} from './exact.js';
import type { Tally } from './findings.js';
import { type TopicLog, recordsOf } from './log.js';
import type { Tallies } from './tallies.js';

/**
 * Every conversion again: at published rates, crosses not rounded before use, the result rounded once; and every
 * realised difference explained by what was booked and what was received.
 *
 * Source      I5; R17, R28, R35; scenes.md C2, C4
 */
interface Rate {
  readonly base: string;
  readonly quote: string;
  readonly rate: Exact;
  readonly date: string;
}

interface ConvertedRow {
  readonly name: string;
  readonly currency: string;
  readonly amount: string;
  readonly target: string;
  readonly converted: string;
  readonly rate_ids: readonly string[];
  readonly day: string;
}

type Rates = ReadonlyMap<string, Rate>;

const readRates = (log: TopicLog | undefined): Rates => {
  const rates = new Map<string, Rate>();
  for (const { value } of recordsOf(log)) {
    const message = decode(value);
    if (message.type !== 'fx-rate.published') continue;
    const { rateId, base, quote, rate, date } = message.value;
    rates.set(rateId, { base, quote, rate: exactOf(rate), date });
  }
  return rates;
};

/** Follows the named rates from one currency to the other; null where they do not lead there. */
const crossOf = (row: ConvertedRow, rates: Rates): Exact | null => {
  let [at, rate] = [row.currency, whole(1n)];
  for (const id of row.rate_ids) {
    const leg = rates.get(id);
    if (leg === undefined || leg.date > row.day) return null;
    if (leg.base === at) [at, rate] = [leg.quote, times(rate, leg.rate)];
    else if (leg.quote === at) [at, rate] = [leg.base, over(rate, leg.rate)];
    else return null;
  }
  return at === row.target ? rate : null;
};

const conversionFault = (row: ConvertedRow, rates: Rates): string | null => {
  const rate = crossOf(row, rates);
  if (rate === null) {
    const named = row.rate_ids.join(', ') || 'no rate';
    return `${named} does not lead from ${row.currency} to ${row.target} on ${row.day}`;
  }
  const places = minorDigits(row.target);
  const units = roundTo(times(exactOf(row.amount), rate), places, 'half-even');
  const expected = { n: units, d: 10n ** BigInt(places) };
  if (same(expected, exactOf(row.converted))) return null;
  return `expected ${shown(expected)} ${row.target}, found ${row.converted}`;
};

const IDS = `case when rate_id is null then '{}'::text[] else string_to_array(rate_id, ' ') end`;

const CONVERSIONS: readonly string[] = [
  `select 'receivable ' || number as name, currency, amount, functional_currency as target,
     functional as converted, ${IDS} as rate_ids, issue_date::text as day
   from settlement.receivable`,
  `select 'payable ' || number as name, currency, amount, functional_currency as target,
     functional as converted, ${IDS} as rate_ids, issue_date::text as day
   from settlement.payable`,
  `select 'receipt ' || receipt as name, currency, amount, functional_currency as target,
     functional as converted, ${IDS} as rate_ids, date::text as day
   from settlement.receipt`,
  `select 'settlement ' || l.settlement || ' leg ' || l.currency as name, l.currency,
     l.net as amount, s.payout_currency as target, l.payout_amount as converted,
     l.rate_ids, s.date::text as day
   from settlement.settlement_leg l
   join settlement.settlement s on s.tenant = l.tenant and s.settlement = l.settlement`,
];

// What an entry says was gained (positive), beside what its document says.
const REALISED = `
select 'settlement ' || s.settlement as name, s.realised_fx as stated,
  coalesce((select -sum(l.functional) from settlement.journal_entry e
    join settlement.journal_line l on l.tenant = e.tenant and l.entity = e.entity and l.seq = e.seq
    where e.tenant = s.tenant and e.entity = s.entity and e.source = s.settlement
      and l.account = 'realised-fx'), 0) as booked
from settlement.settlement s`;

// All that moved in functional currency, by what it means: nothing else may be left in realised FX.
const EXPLAINED = `
select e.tenant || ' ' || e.entity || ' ' || e.entry_id as name,
  sum(l.functional) filter (where l.account = 'realised-fx') as booked,
  -sum(l.functional) filter (where l.account <> 'realised-fx') as left_over
from settlement.journal_entry e
join settlement.journal_line l on l.tenant = e.tenant and l.entity = e.entity and l.seq = e.seq
group by e.tenant, e.entity, e.entry_id
having count(*) filter (where l.account = 'realised-fx') > 0`;

const checkRealised = async (snapshot: Snapshot, tally: Tally): Promise<void> => {
  for (const row of await snapshot.rows<{ name: string; stated: string; booked: string }>(
    REALISED,
  )) {
    const holds = same(exactOf(row.stated), exactOf(row.booked));
    tally.see(holds ? null : `${row.name}: states ${row.stated} realised, booked ${row.booked}`);
  }
  for (const row of await snapshot.rows<{ name: string; booked: string; left_over: string }>(
    EXPLAINED,
  )) {
    const holds = same(exactOf(row.booked), exactOf(row.left_over));
    tally.see(holds ? null : `${row.name}: ${row.booked} booked, ${row.left_over} left over`);
  }
};

// What clears a receivable takes off what was booked for it, no more and no less.
const CLEARED = `
select r.number as name, r.amount, r.open_amount as open, r.functional, r.open_functional,
  coalesce((select sum(l.amount) from settlement.journal_line l
    join settlement.journal_entry e on e.tenant = l.tenant and e.entity = l.entity and e.seq = l.seq
    where l.tenant = r.tenant and l.account = 'receivable' and l.counterparty = r.buyer
      and l.currency = r.currency), 0) as booked,
  (select sum(o.open_amount) from settlement.receivable o where o.tenant = r.tenant
     and o.buyer = r.buyer and o.currency = r.currency) as stands
from settlement.receivable r`;

const checkSubLedger = async (snapshot: Snapshot, tally: Tally): Promise<void> => {
  const rows = await snapshot.rows<{ name: string; booked: string; stands: string }>(CLEARED);
  for (const { name, booked, stands } of rows) {
    const holds = same(exactOf(booked), exactOf(stands));
    tally.see(holds ? null : `${name}: the buyer owes ${stands}, the journal says ${booked}`);
  }
};

// Documents of other services against the papers that the books hold of them.
const PAPERS: readonly string[] = [
  `select coalesce(r.number, i.number) as name, i.total as document, r.amount as booked
   from pricing.invoice i full join settlement.receivable r
     on r.tenant = i.tenant and r.invoice = i.invoice`,
  `select coalesce(p.number, s.number) as name, s.total as document, p.amount as booked
   from profit_share.statement s
   full join (select tenant, statement, min(number) as number, sum(amount) as amount
     from settlement.payable group by tenant, statement) p
     on p.tenant = s.tenant and p.statement = s.statement
   where (s.role is distinct from 'operator' and s.total is distinct from 0) or p.amount is not null`,
];

const checkPapers = async (snapshot: Snapshot, tally: Tally): Promise<void> => {
  for (const sql of PAPERS) {
    const rows = await snapshot.rows<{
      name: string;
      document: string | null;
      booked: string | null;
    }>(sql);
    for (const { name, document, booked } of rows) {
      const holds =
        document !== null &&
        booked !== null &&
        isNothing(minus(exactOf(document), exactOf(booked)));
      tally.see(
        holds ? null : `${name}: document ${document ?? 'none'}, books ${booked ?? 'none'}`,
      );
    }
  }
};

const checkPublishedRates = async (
  snapshot: Snapshot,
  rates: Rates,
  tally: Tally,
): Promise<void> => {
  const rows = await snapshot.rows<{ rate_id: string; rate: string }>(
    'select rate_id, rate from settlement.fx_rate',
  );
  for (const { rate_id: id, rate } of rows) {
    const published = rates.get(id);
    const holds = published !== undefined && same(published.rate, exactOf(rate));
    tally.see(
      holds
        ? null
        : `rate ${id}: ${rate}, published ${published === undefined ? 'never' : shown(published.rate)}`,
    );
  }
};

/** Rates, conversions, differences and open items. */
export const checkFx = async (
  snapshot: Snapshot,
  logs: ReadonlyMap<string, TopicLog>,
  tallies: Tallies,
): Promise<void> => {
  const tally = tallies.of('fx');
  const rates = readRates(logs.get('fx-rate'));
  await checkPublishedRates(snapshot, rates, tally);
  for (const sql of CONVERSIONS) {
    for (const row of await snapshot.rows<ConvertedRow>(sql)) {
      const fault = conversionFault(row, rates);
      tally.see(fault === null ? null : `${row.name}: ${fault}`);
    }
  }
  await checkRealised(snapshot, tally);
  await checkSubLedger(snapshot, tally);
  await checkPapers(snapshot, tallies.of('papers'));
};
