/**
 * What is needed to price: price versions, contracts, closed periods, and their common version.
 *
 * Shape       each row carries the catalogue version at which it last changed, so that a worker
 *             reads only what is new to it.
 * Invariant   one price version in force at any instant, by an exclusion constraint (I08, B50).
 *             `text_range` holds one text: gist knows equality of ranges, so no extension is needed.
 * Source      rulings R2, R8; docs/architecture.md 2
 */
import {
  appendOnly,
  grant,
  grantPipeline,
  pipelinePolicy,
  pipelineUpdatePolicy,
  tenantPolicy,
} from '@suanpan/platform-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { operatorOnly, OWN_PRICE_TABLE, partySees } from './operator-only.js';

const tables = `
create type text_range as range (subtype = text, collation = "C");
create table catalogue_version (
  single  boolean primary key default true check (single),
  version bigint  not null default 0 check (version >= 0),
  cut     bigint  not null default 0 check (cut >= 0)
);
insert into catalogue_version default values;
create table price_version (
  id                bigint    primary key,
  tenant            text      not null,
  price_table       text      not null,
  version           text      not null,
  currency          text      not null,
  during            tstzrange not null check (not isempty(during)),
  source            text      not null,
  catalogue_version bigint    not null,
  unique (tenant, price_table, version),
  exclude using gist (
    text_range(tenant, tenant, '[]') with =,
    text_range(price_table, price_table, '[]') with =,
    during with &&)
);
create index price_version_by_change on price_version (catalogue_version);
create table price (
  price_version    bigint  not null references price_version,
  tenant           text    not null,
  model            text    not null,
  kind             text    not null,
  per_million      numeric not null check (per_million >= 0),
  per_million_text text    not null,
  primary key (price_version, model, kind)
);
create table contract (
  tenant                text        not null,
  contract              text        not null,
  buyer                 text        not null,
  seller                text        not null,
  currency              text        not null,
  zone                  text        not null,
  price_table           text        not null,
  require_authorization boolean     not null,
  rounding              text        not null,
  payment_term_days     integer     not null,
  valid_from            timestamptz not null,
  valid_until           timestamptz check (valid_until > valid_from),
  catalogue_version     bigint      not null,
  primary key (tenant, contract)
);
create index contract_by_change on contract (catalogue_version);
create index contract_by_price_table on contract (tenant, price_table);
create table period (
  tenant            text        not null,
  contract          text        not null,
  buyer             text        not null,
  period            text        not null,
  zone              text        not null,
  starts            timestamptz not null,
  ends              timestamptz not null,
  closed_at         timestamptz not null,
  cut               bigint      not null,
  invoice           text,
  catalogue_version bigint      not null,
  primary key (tenant, contract, period),
  foreign key (tenant, contract) references contract
);
create index period_by_change on period (catalogue_version);
create table rerate_request (
  tenant   text   not null,
  contract text   not null,
  wanted   bigint not null,
  -- The wish that was served last; nothing is ever removed.
  served   bigint not null default 0,
  after_h1 bigint,
  after_h2 bigint,
  primary key (tenant, contract)
);`;

export class CreateCatalogue1700000001001 implements MigrationInterface {
  readonly name = 'CreateCatalogue1700000001001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(grant('select, update (version, cut)', 'catalogue_version'));
    await runner.query(grantPipeline('select, update (cut)', 'catalogue_version'));
    for (const table of ['price_version', 'price', 'rerate_request']) {
      await runner.query(tenantPolicy(table));
    }
    await runner.query(operatorOnly('rerate_request'));
    await runner.query(partySees('price_version', OWN_PRICE_TABLE));
    await runner.query(partySees('price', 'price_version in (select id from price_version)'));
    for (const table of ['contract', 'period']) {
      await runner.query(tenantPolicy(table, { partyColumn: 'buyer' }));
    }
    for (const table of ['price_version', 'price', 'contract', 'period']) {
      await runner.query(pipelinePolicy(table) + grantPipeline('select', table));
    }
    await runner.query(pipelineUpdatePolicy('rerate_request'));
    await runner.query(grantPipeline('select, update', 'rerate_request'));
    await runner.query(appendOnly('price'));
    await runner.query(grant('select, insert', 'price'));
    await runner.query(
      grant('select, insert, update (during, catalogue_version)', 'price_version'),
    );
    await runner.query(
      grant('select, insert, update (valid_until, catalogue_version)', 'contract'),
    );
    await runner.query(grant('select, insert', 'period'));
    await runner.query(grant('select, insert, update', 'rerate_request'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table rerate_request, period, contract, price, price_version, catalogue_version;
       drop type text_range`,
    );
  }
}
