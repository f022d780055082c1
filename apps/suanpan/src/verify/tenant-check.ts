import type { Snapshot } from './database.js';
import type { Tally } from './findings.js';

/**
 * Every row belongs to the tenant of the rows it leads to, and every table of a tenant has row security forced.
 *
 * Source      I10; design.md 3.12
 */
const PAIRS: readonly (readonly [string, string])[] = [
  [
    'a call and its dimensions',
    `select count(*) as checked, count(*) filter (where d.tenant is distinct from c.tenant) as wrong
     from pricing.call c left join pricing.dimension_set d on d.id = c.dims`,
  ],
  [
    'a call and its price version',
    `select count(*) as checked, count(*) filter (where v.tenant is distinct from c.tenant) as wrong
     from pricing.call c left join pricing.price_version v on v.id = c.price_version`,
  ],
  [
    'an effect of a correction, its dimensions and its price version',
    `select count(*) as checked, count(*) filter (where d.tenant is distinct from e.tenant
       or v.tenant is distinct from e.tenant) as wrong
     from pricing.correction_effect e left join pricing.dimension_set d on d.id = e.dims
     left join pricing.price_version v on v.id = e.price_version`,
  ],
  [
    'a bucket, its dimensions and its charge cell',
    `select count(*) as checked, count(*) filter (where d.tenant is distinct from b.tenant
       or c.tenant is distinct from b.tenant) as wrong
     from pricing.bucket b left join pricing.dimension_set d on d.id = b.dims
     left join pricing.charge_cell c on c.id = b.cell`,
  ],
  [
    'an invoice and its contract',
    `select count(*) as checked, count(*) filter (where c.contract is null) as wrong
     from pricing.invoice i left join pricing.contract c
       on c.tenant = i.tenant and c.contract = i.contract and c.buyer = i.buyer`,
  ],
  [
    'an invoice line and its invoice',
    `select count(*) as checked, count(*) filter (where i.invoice is null) as wrong
     from pricing.invoice_line l left join pricing.invoice i
       on i.tenant = l.tenant and i.invoice = l.invoice and i.buyer = l.buyer`,
  ],
  [
    'a share and its invoice',
    `select count(*) as checked, count(*) filter (where i.invoice is null) as wrong
     from profit_share.distribution d left join pricing.invoice i
       on i.tenant = d.tenant and i.invoice = d.invoice`,
  ],
  [
    'a statement line and its statement',
    `select count(*) as checked, count(*) filter (where s.statement is null) as wrong
     from profit_share.statement_line l left join profit_share.statement s
       on s.tenant = l.tenant and s.statement = l.statement and s.partner = l.partner`,
  ],
  [
    'a receivable and its invoice',
    `select count(*) as checked, count(*) filter (where i.invoice is null) as wrong
     from settlement.receivable r left join pricing.invoice i
       on i.tenant = r.tenant and i.invoice = r.invoice and i.buyer = r.buyer`,
  ],
  [
    'a payable and its statement',
    `select count(*) as checked, count(*) filter (where s.statement is null) as wrong
     from settlement.payable p left join profit_share.statement s
       on s.tenant = p.tenant and s.statement = p.statement and s.partner = p.partner`,
  ],
  [
    'a journal line and its entry',
    `select count(*) as checked, count(*) filter (where e.seq is null) as wrong
     from settlement.journal_line l left join settlement.journal_entry e
       on e.tenant = l.tenant and e.entity = l.entity and e.seq = l.seq`,
  ],
];

// Permanent tables with a tenant column; staging tables of one session hold nothing between transactions.
const TENANT_TABLES = `
select n.nspname || '.' || c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped
where n.nspname in ('access', 'ingest', 'pricing', 'profit_share', 'settlement')
  and c.relkind in ('r', 'p') and c.relpersistence = 'p'
order by 1`;

interface TableRow {
  readonly name: string;
  readonly forced: boolean;
}

/** Tenant columns that must agree, and walls that must stand. */
export const checkTenants = async (
  snapshot: Snapshot,
  { rows, walls }: { readonly rows: Tally; readonly walls: Tally },
): Promise<void> => {
  for (const [what, sql] of PAIRS) {
    const [found] = await snapshot.rows<{ checked: string; wrong: string }>(sql);
    rows.see(null, Number(found?.checked ?? 0));
    if (found !== undefined && found.wrong !== '0') {
      rows.violate(`${what}: ${found.wrong} rows are of another tenant or party, or lead nowhere`);
    }
  }
  for (const { name, forced } of await snapshot.rows<TableRow>(TENANT_TABLES)) {
    walls.see(forced ? null : `${name} has a tenant and no forced row security`);
  }
};
