/**
 * The service's own copy of contracts and closed periods, as it was told of them.
 *
 * Source      docs/architecture.md 4 (topics contract, period)
 */
import type { ContractEnded, ContractSigned, PeriodClosed } from '@suanpan/messages';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { toRowVector } from '../distributions/keep-invoice.js';

const SIGN = `
insert into contract
  (tenant, contract, buyer, seller, currency, zone, valid_from, valid_until)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (tenant, contract) do update set
  buyer = excluded.buyer, seller = excluded.seller, currency = excluded.currency,
  zone = excluded.zone, valid_from = excluded.valid_from, valid_until = excluded.valid_until`;

export const applyContractSigned = async (tx: Tx, signed: ContractSigned): Promise<void> => {
  await tx.query(SIGN, [
    signed.tenant,
    signed.contract,
    signed.buyer,
    signed.seller,
    signed.currency,
    signed.zone,
    toRowInstant(signed.from),
    signed.until === null ? null : toRowInstant(signed.until),
  ]);
};

export const applyContractEnded = async (tx: Tx, ended: ContractEnded): Promise<void> => {
  await tx.query(`update contract set valid_until = $3 where tenant = $1 and contract = $2`, [
    ended.tenant,
    ended.contract,
    toRowInstant(ended.until),
  ]);
};

const CLOSE = `
insert into period (tenant, contract, period, zone, starts, ends, vector)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`;

/** The first word counts: a closed period is closed once. */
export const applyPeriodClosed = async (tx: Tx, closed: PeriodClosed): Promise<void> => {
  await tx.query(CLOSE, [
    closed.tenant,
    closed.contract,
    closed.period,
    closed.zone,
    toRowInstant(closed.start),
    toRowInstant(closed.end),
    toRowVector(closed.vector),
  ]);
};
