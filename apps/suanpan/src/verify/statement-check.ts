import type { Snapshot } from './database.js';
import { exactOf, same, shown, total } from './exact.js';
import type { Tally } from './findings.js';

/**
 * Statements: each line is a share as it was rounded once, each share of a stated month stands on one line,
 * totals are sums.
 *
 * Source      R10 (never rounded again)
 */
interface LineRow {
  readonly statement: string;
  readonly number: string;
  readonly line: number;
  readonly partner: string;
  readonly model: string;
  readonly invoice_number: string;
  readonly amount: string;
  readonly share: string | null;
}

interface StatementRow {
  readonly tenant: string;
  readonly statement: string;
  readonly number: string;
  readonly total: string;
}

const LINES = `
select l.tenant || ' ' || l.statement as statement, s.number, l.line, l.partner, l.model,
  l.invoice_number, l.amount, d.share
from profit_share.statement_line l
join profit_share.statement s on s.tenant = l.tenant and s.statement = l.statement
left join profit_share.distribution d on d.tenant = l.tenant and d.invoice = l.invoice
  and d.agreement = l.agreement and d.agreement_version = l.agreement_version
  and d.party = l.partner and d.model = l.model
order by 1, l.line`;

// A month is stated when some statement of it was issued; then every share that is not zero has its line.
const UNSTATED = `
select d.party || ' ' || d.model || ' of ' || i.number || ': ' || d.share as fault
from profit_share.distribution d
join profit_share.invoice i on i.tenant = d.tenant and i.invoice = d.invoice
where d.share <> 0
  and exists (select 1 from profit_share.statement s
    where s.tenant = d.tenant and s.period = i.period)
  and (select count(*) from profit_share.statement_line l
    where l.tenant = d.tenant and l.invoice = d.invoice and l.agreement = d.agreement
      and l.agreement_version = d.agreement_version and l.partner = d.party
      and l.model = d.model) <> 1`;

/** Lines against shares, totals against lines. */
export const checkStatements = async (snapshot: Snapshot, tally: Tally): Promise<void> => {
  const lines = await snapshot.rows<LineRow>(LINES);
  const amounts = new Map<string, string[]>();
  for (const row of lines) {
    amounts.set(row.statement, [...(amounts.get(row.statement) ?? []), row.amount]);
    const name = `${row.number} line ${row.line} (${row.partner}, ${row.model})`;
    const isShare = row.share !== null && same(exactOf(row.share), exactOf(row.amount));
    tally.see(isShare ? null : `${name}: ${row.amount}, the share is ${row.share ?? 'missing'}`);
  }
  const statements = await snapshot.rows<StatementRow>(
    `select tenant, tenant || ' ' || statement as statement, number, total
     from profit_share.statement`,
  );
  for (const { statement, number, total: stated } of statements) {
    const sum = total((amounts.get(statement) ?? []).map(exactOf));
    const holds = same(sum, exactOf(stated));
    tally.see(holds ? null : `${number}: Σ lines is ${shown(sum)}, total ${stated}`);
  }
  for (const { fault } of await snapshot.rows<{ fault: string }>(UNSTATED)) {
    tally.violate(`${fault} does not stand on exactly one line`);
  }
};
