/**
 * The journal of each legal entity.
 *
 * Shape       an entry and its lines are written in one transaction; the chain's head is a row of
 *             its own, whose lock gives entries their order.
 * Invariant   append-only by privilege and by trigger. At commit each entry is zero in every
 *             transaction currency and in functional currency, checked once an entry; no line joins
 *             an entry that has all of its lines. Accounts are those of the chart.
 * Source      design rulings R15, R28; reliability D10, I12, I14, I15
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { chartOfAccounts } from '@suanpan/ledger';
import { appendOnly, grant } from '@suanpan/platform-postgres';
import { operatorPolicy } from './operator-policy.js';

const tables = `
create table chart_of_accounts (
  account text    primary key,
  type    text    not null check (type in ('asset', 'liability', 'income', 'expense')),
  name    text    not null,
  name_zh text    not null
);
create table chain_head (
  tenant text   not null,
  entity text   not null,
  seq    bigint not null check (seq >= 0),
  hash   bytea  not null check (length(hash) = 32),
  primary key (tenant, entity)
) with (fillfactor = 50);
create table journal_entry (
  tenant       text    not null,
  entity       text    not null,
  seq          bigint  not null check (seq > 0),
  entry_id     text    not null,
  booking_date date    not null,
  description  text    not null,
  source       text    not null,
  line_count   integer not null check (line_count >= 2),
  canonical    bytea   not null,
  prev_hash    bytea   not null check (length(prev_hash) = 32),
  hash         bytea   not null check (hash = sha256(canonical)),
  primary key (tenant, entity, seq),
  unique (tenant, entity, entry_id)
);
create table journal_line (
  tenant              text    not null,
  entity              text    not null,
  seq                 bigint  not null,
  line                integer not null check (line > 0),
  account             text    not null references chart_of_accounts (account),
  counterparty        text,
  currency            text    not null check (currency ~ '^[A-Z]{3}$'),
  amount              numeric not null check (amount not in ('NaN', 'Infinity', '-Infinity')),
  functional_currency text    not null check (functional_currency ~ '^[A-Z]{3}$'),
  functional          numeric not null check (functional not in ('NaN', 'Infinity', '-Infinity')),
  rate_id             text,
  primary key (tenant, entity, seq, line),
  foreign key (tenant, entity, seq) references journal_entry (tenant, entity, seq)
);
create index journal_line_by_account on journal_line (tenant, entity, account);`;

/**
 * Runs once an entry, at commit. It enters the entry's own tenant, since a transaction may have
 * gone on to another one, and gives the scope back.
 */
const zeroCheck = `
create function journal_entry_is_zero() returns trigger language plpgsql
set search_path from current as $$
declare
  was_tenant text := current_setting('app.tenant', true);
  was_party text := current_setting('app.party', true);
  lines bigint;
  fault text;
begin
  perform set_config('app.tenant', new.tenant, true), set_config('app.party', '', true);
  select count(*) into lines from journal_line l
  where l.tenant = new.tenant and l.entity = new.entity and l.seq = new.seq;
  select string_agg(format('%s %s', currency, total), ', ') into fault from (
    select currency, sum(amount) as total from journal_line l
    where l.tenant = new.tenant and l.entity = new.entity and l.seq = new.seq
    group by currency having sum(amount) <> 0
    union all
    select 'functional ' || string_agg(distinct functional_currency, '+'), sum(functional)
    from journal_line l
    where l.tenant = new.tenant and l.entity = new.entity and l.seq = new.seq
    having sum(functional) <> 0 or count(distinct functional_currency) <> 1
  ) as sums;
  perform set_config('app.tenant', coalesce(was_tenant, ''), true),
          set_config('app.party', coalesce(was_party, ''), true);
  if lines <> new.line_count or fault is not null then
    raise exception 'entry %/% has % of % lines and is not zero: %',
      new.entity, new.entry_id, lines, new.line_count, coalesce(fault, '-')
      using errcode = '23514', constraint = 'journal_entry_is_zero';
  end if;
  return null;
end $$;
create constraint trigger journal_entry_is_zero after insert on journal_entry
  deferrable initially deferred for each row execute function journal_entry_is_zero();`;

const lateLines = `
create function journal_line_is_in_time() returns trigger language plpgsql
set search_path from current as $$
begin
  if exists (
    select 1 from added a
    join journal_entry e on e.tenant = a.tenant and e.entity = a.entity and e.seq = a.seq
    where a.line > e.line_count) then
    raise exception 'a line joins an entry that is whole'
      using errcode = '23514', constraint = 'journal_line_is_in_time';
  end if;
  return null;
end $$;
create trigger journal_line_is_in_time after insert on journal_line
  referencing new table as added for each statement execute function journal_line_is_in_time();`;

const seed = (): string =>
  chartOfAccounts
    .map(({ id, type, name, nameZh }) => `('${id}', '${type}', '${name}', '${nameZh}')`)
    .join(', ');

export class CreateJournal1700000001002 implements MigrationInterface {
  readonly name = 'CreateJournal1700000001002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(zeroCheck);
    await runner.query(lateLines);
    await runner.query(
      `insert into chart_of_accounts (account, type, name, name_zh) values ${seed()}`,
    );
    await runner.query(grant('select', 'chart_of_accounts'));
    await runner.query(operatorPolicy('chain_head'));
    await runner.query(grant('select, insert, update', 'chain_head'));
    for (const table of ['journal_entry', 'journal_line']) {
      await runner.query(operatorPolicy(table));
      await runner.query(appendOnly(table));
      await runner.query(grant('select, insert', table));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table journal_line, journal_entry, chain_head, chart_of_accounts');
    await runner.query('drop function journal_entry_is_zero(), journal_line_is_in_time()');
  }
}
