/**
 * The session's own tables into which a batch is copied; COPY is refused under row security.
 *
 * Invariant   a staging table is empty outside a transaction; every transaction of the pipeline
 *             asks for it first, and a session is known to have it only after a commit.
 * Source      ruling R7; reliability.md 6
 */
import type { Tx } from '@suanpan/platform-postgres';

const CREATE = `
create temp table if not exists call_staging (
  h1             bigint,
  h2             bigint,
  time           timestamptz,
  dims           bigint,
  price_version  bigint,
  input          bigint,
  cached_input   bigint,
  cache_write    bigint,
  output         bigint,
  reasoning      bigint,
  "offset"       bigint,
  partition      smallint,
  billing_state  smallint,
  tenant         text,
  source         text,
  id             text,
  service_period text collate "C",
  posting_period text collate "C",
  payload_hash   bytea,
  amount         numeric,
  other_kinds    jsonb,
  extra          jsonb
) on commit delete rows;
create temp table if not exists bucket_staging (
  dims           bigint,
  cell           bigint,
  quarter_hour   timestamptz,
  billing_state  smallint,
  partition      smallint,
  tenant         text,
  service_period text collate "C",
  posting_period text collate "C",
  calls          bigint,
  quantity       numeric,
  multiset       numeric
) on commit delete rows`;

const ready = new WeakSet<object>();

/** Makes the staging tables of this session where they are missing. */
export const requireStaging = async (tx: Tx): Promise<void> => {
  if (ready.has(tx.client)) return;
  await tx.query('set local client_min_messages = warning');
  await tx.query(CREATE);
};

/** Called after the commit of a transaction that used them. */
export const stagingCommitted = (client: object): void => {
  ready.add(client);
};
