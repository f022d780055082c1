/**
 * How contracts are stored, published and projected.
 *
 * Invariant   a projection is made of the events alone, so that replay makes the same one.
 */
import { encode } from '@suanpan/messages';
import type { OutboxMessage, Tx } from '@suanpan/platform-postgres';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { ContractEvent, ContractSigned } from '@suanpan/pricing';
import { ROUNDING_RULES } from '@suanpan/pricing';
import { z } from 'zod';
import { cutMark } from '../cuts/cut.js';
import type { CutMark } from '../cuts/cut.js';

export const contractStream = (contract: string): string => `contract:${contract}`;

const instant = z.string().transform(BigInt);

const signedBody = z.object({
  contract: z.string(),
  terms: z.object({
    buyer: z.string(),
    seller: z.string(),
    currency: z.string(),
    zone: z.string(),
    priceTable: z.string(),
    requireAuthorization: z.boolean(),
    rounding: z.enum(ROUNDING_RULES),
    paymentTermDays: z.number().int(),
    from: instant,
  }),
  cut: cutMark,
});

const endedBody = z.object({ contract: z.string(), until: instant, cut: cutMark });

type Stored = ContractEvent & { readonly cut: CutMark };

export const toRowContractEvent =
  (cut: CutMark) =>
  ({ type, ...fields }: ContractEvent) => ({
    type,
    body: { ...fields, cut: { ordinal: cut.ordinal, vector: cut.vector } },
  });

export const fromRowContractEvent = (type: string, body: unknown): Stored =>
  type === 'ContractEnded'
    ? { type, ...endedBody.parse(body) }
    : { type: z.literal('ContractSigned').parse(type), ...signedBody.parse(body) };

const signedMessage = (tenant: string, { contract, terms }: ContractSigned): Buffer =>
  encode('contract.signed', {
    tenant,
    contract,
    buyer: terms.buyer,
    seller: terms.seller,
    currency: terms.currency,
    zone: terms.zone,
    priceTable: terms.priceTable,
    requireAuthorization: terms.requireAuthorization,
    rounding: terms.rounding,
    paymentTermDays: terms.paymentTermDays,
    from: terms.from,
    // An end that was agreed at once follows as contract.ended.
    until: null,
  });

export const publishContractEvent = (
  tenant: string,
  event: ContractEvent,
  at: bigint,
): OutboxMessage => {
  const { contract } = event;
  const streamId = contractStream(contract);
  const common = { topic: 'contract', key: streamId, tenant, streamId };
  return event.type === 'ContractSigned'
    ? { ...common, type: 'contract.signed', value: signedMessage(tenant, event) }
    : {
        ...common,
        type: 'contract.ended',
        value: encode('contract.ended', { tenant, contract, until: event.until, at }),
      };
};

const SIGN = `
insert into contract (tenant, contract, buyer, seller, currency, zone, price_table,
  require_authorization, rounding, payment_term_days, valid_from, catalogue_version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`;

const END = `
update contract set valid_until = $3, catalogue_version = $4 where tenant = $1 and contract = $2`;

/** The table `contract`. */
export const projectContractEvent = async (
  tx: Tx,
  {
    tenant,
    event,
    catalogueVersion,
  }: {
    readonly tenant: string;
    readonly event: ContractEvent;
    readonly catalogueVersion: bigint;
  },
): Promise<void> => {
  const changed = catalogueVersion.toString();
  if (event.type === 'ContractEnded') {
    await tx.query(END, [tenant, event.contract, toRowInstant(event.until), changed]);
    return;
  }
  const { contract, terms } = event;
  await tx.query(SIGN, [
    tenant,
    contract,
    terms.buyer,
    terms.seller,
    terms.currency,
    terms.zone,
    terms.priceTable,
    terms.requireAuthorization,
    terms.rounding,
    terms.paymentTermDays,
    toRowInstant(terms.from),
    changed,
  ]);
};
