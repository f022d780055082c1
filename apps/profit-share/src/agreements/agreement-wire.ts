/**
 * Agreements on the wire: the order that comes in by HTTP, the message that goes out.
 *
 * Shape       a per-million step may leave its role out; it is then a vendor's.
 * Source      docs/architecture.md 4 (topic agreement)
 */
import { formatInstant, parseInstant } from '@suanpan/calendar';
import { Malformed } from '@suanpan/event-sourcing';
import type { AgreementStep } from '@suanpan/messages';
import { encode } from '@suanpan/messages';
import { formatPrice, parsePrice } from '@suanpan/money';
import type { OutboxMessage } from '@suanpan/platform-postgres';
import { fromRowInstant } from '@suanpan/platform-postgres';
import type { AgreementEvent, SignAgreement, Step } from '@suanpan/profit-share';
import { z } from 'zod';
import type { AgreementRow } from './agreement-rows.js';

/** Names travel in ids with ':' between them. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'A name has letters, digits, dots, dashes.');
const names = z.array(z.string().min(1).max(200)).max(10_000).nullish();
const bps = z.int().min(0).max(10_000);
const party = z.strictObject({ party: name, role: name, shareBps: bps });

const stepOrder = z.strictObject({
  kind: z.enum(['per-million', 'percentage', 'shares']),
  party: name.nullish(),
  role: name.nullish(),
  perMillion: z.string().nullish(),
  shareBps: bps.nullish(),
  tokenKinds: names,
  models: names,
  parties: z.array(party).max(1_000).nullish(),
});
type StepOrder = z.infer<typeof stepOrder>;

export const agreementOrder = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'A currency has three capital letters.'),
  effectiveFrom: z.string(),
  contracts: names,
  steps: z.array(stepOrder).min(1).max(100),
});
export type AgreementOrder = z.infer<typeof agreementOrder>;

export const endOrder = z.strictObject({ effectiveUntil: z.string() });

const required = <T>(value: T | null | undefined, path: string): T => {
  if (value === null || value === undefined) {
    throw new Malformed('MISSING_FIELD', `${path} is needed by this kind of step.`, path);
  }
  return value;
};

const fromWireStep = (order: StepOrder, path: string): Step => {
  switch (order.kind) {
    case 'per-million':
      return {
        kind: order.kind,
        party: required(order.party, `${path}.party`),
        role: order.role ?? 'vendor',
        perMillion: parsePrice(required(order.perMillion, `${path}.perMillion`)),
        tokenKinds: order.tokenKinds ?? [],
        models: order.models ?? [],
      };
    case 'percentage':
      return {
        kind: order.kind,
        party: required(order.party, `${path}.party`),
        role: required(order.role, `${path}.role`),
        shareBps: BigInt(required(order.shareBps, `${path}.shareBps`)),
        revenueTypes: [],
      };
    case 'shares':
      return {
        kind: order.kind,
        parties: required(order.parties, `${path}.parties`).map((one) => ({
          party: one.party,
          role: one.role,
          shareBps: BigInt(one.shareBps),
        })),
      };
  }
};

/** The command that an order asks for. */
export const fromWireAgreement = (
  agreementId: string,
  version: number,
  order: AgreementOrder,
): SignAgreement => ({
  type: 'SignAgreement',
  agreementId,
  version,
  currency: order.currency,
  effectiveFrom: parseInstant(order.effectiveFrom),
  contracts: order.contracts ?? [],
  steps: order.steps.map((step, i) => fromWireStep(step, `steps.${i}`)),
});

const toWireStep = (step: Step): AgreementStep => {
  const empty = { party: null, perMillion: null, tokenKinds: [], models: [], parties: [] };
  switch (step.kind) {
    case 'per-million':
      return {
        kind: step.kind,
        party: step.party,
        perMillion: formatPrice(step.perMillion),
        tokenKinds: step.tokenKinds,
        models: step.models,
        // The role has no field of its own in version 1 of the schema.
        parties: [{ party: step.party, role: step.role, shareBps: 0n }],
      };
    case 'percentage':
      return {
        ...empty,
        kind: step.kind,
        party: step.party,
        parties: [{ party: step.party, role: step.role, shareBps: step.shareBps }],
      };
    case 'shares':
      return { ...empty, kind: step.kind, parties: step.parties };
  }
};

const toWireEvent = (tenant: string, event: AgreementEvent, at: bigint) => {
  switch (event.type) {
    case 'AgreementSigned':
      return {
        type: 'agreement.signed',
        value: encode('agreement.signed', {
          tenant,
          agreement: event.agreementId,
          version: event.version,
          currency: event.currency,
          effectiveFrom: event.effectiveFrom,
          contracts: event.contracts,
          steps: event.steps.map(toWireStep),
        }),
      };
    case 'AgreementEnded':
      return {
        type: 'agreement.ended',
        value: encode('agreement.ended', {
          tenant,
          agreement: event.agreementId,
          until: event.effectiveUntil,
          at,
        }),
      };
  }
};

/** What the others are told of an agreement. */
export const toWireAgreement = (
  tenant: string,
  event: AgreementEvent,
  at: bigint,
): OutboxMessage => ({
  topic: 'agreement',
  key: event.agreementId,
  tenant,
  streamId: event.agreementId,
  ...toWireEvent(tenant, event, at),
});

/** An agreement's version as the API shows it. */
export const toWireRow = (row: AgreementRow): unknown => ({
  agreement: row.agreement,
  version: row.version,
  currency: row.currency,
  effectiveFrom: formatInstant(fromRowInstant(row.effective_from)),
  effectiveUntil:
    row.effective_until === null ? null : formatInstant(fromRowInstant(row.effective_until)),
  contracts: row.contracts,
  steps: row.steps,
});
