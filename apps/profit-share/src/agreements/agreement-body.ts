/**
 * An agreement's events as they are stored, and its versions as rows.
 *
 * Shape       instants and basis points are decimal strings, prices their own text.
 * Invariant   fields are written one by one: what is stored is for ever.
 * Source      style 3
 */
import { formatPrice, parsePrice } from '@suanpan/money';
import type { AgreementEvent, AgreementVersion, ShareOfRest, Step } from '@suanpan/profit-share';
import { z } from 'zod';

const shareOfRest = z.object({ party: z.string(), role: z.string(), shareBps: z.string() });

const stepBody = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('per-million'),
    party: z.string(),
    role: z.string(),
    perMillion: z.string(),
    tokenKinds: z.array(z.string()),
    models: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('percentage'),
    party: z.string(),
    role: z.string(),
    shareBps: z.string(),
    revenueTypes: z.array(z.string()),
  }),
  z.object({ kind: z.literal('shares'), parties: z.array(shareOfRest) }),
]);

type StepBody = z.infer<typeof stepBody>;

const versionBody = z.object({
  agreementId: z.string(),
  version: z.number(),
  currency: z.string(),
  effectiveFrom: z.string(),
  contracts: z.array(z.string()),
  steps: z.array(stepBody),
});

const endedBody = z.object({ agreementId: z.string(), effectiveUntil: z.string() });

export const toStepBody = (step: Step): StepBody => {
  switch (step.kind) {
    case 'per-million':
      return {
        kind: step.kind,
        party: step.party,
        role: step.role,
        perMillion: formatPrice(step.perMillion),
        tokenKinds: [...step.tokenKinds],
        models: [...step.models],
      };
    case 'percentage':
      return {
        kind: step.kind,
        party: step.party,
        role: step.role,
        shareBps: step.shareBps.toString(),
        revenueTypes: [...step.revenueTypes],
      };
    case 'shares':
      return {
        kind: step.kind,
        parties: step.parties.map(({ party, role, shareBps }) => ({
          party,
          role,
          shareBps: shareBps.toString(),
        })),
      };
  }
};

const fromPartyBody = (body: z.infer<typeof shareOfRest>): ShareOfRest => ({
  party: body.party,
  role: body.role,
  shareBps: BigInt(body.shareBps),
});

const fromStepBody = (body: StepBody): Step => {
  switch (body.kind) {
    case 'per-million':
      return {
        kind: body.kind,
        party: body.party,
        role: body.role,
        perMillion: parsePrice(body.perMillion),
        tokenKinds: body.tokenKinds,
        models: body.models,
      };
    case 'percentage':
      return {
        kind: body.kind,
        party: body.party,
        role: body.role,
        shareBps: BigInt(body.shareBps),
        revenueTypes: body.revenueTypes,
      };
    case 'shares':
      return { kind: body.kind, parties: body.parties.map(fromPartyBody) };
  }
};

export const fromStepsBody = (steps: unknown): readonly Step[] =>
  z.array(stepBody).parse(steps).map(fromStepBody);

const toVersionBody = (version: AgreementVersion): z.infer<typeof versionBody> => ({
  agreementId: version.agreementId,
  version: version.version,
  currency: version.currency,
  effectiveFrom: version.effectiveFrom.toString(),
  contracts: [...version.contracts],
  steps: version.steps.map(toStepBody),
});

const fromVersionBody = (body: z.infer<typeof versionBody>): AgreementVersion => ({
  agreementId: body.agreementId,
  version: body.version,
  currency: body.currency,
  effectiveFrom: BigInt(body.effectiveFrom),
  contracts: body.contracts,
  steps: body.steps.map(fromStepBody),
});

/** The stored form of an event. */
export const toAgreementBody = (event: AgreementEvent): { type: string; body: unknown } => {
  switch (event.type) {
    case 'AgreementSigned':
      return { type: event.type, body: toVersionBody(event) };
    case 'AgreementEnded':
      return {
        type: event.type,
        body: {
          agreementId: event.agreementId,
          effectiveUntil: event.effectiveUntil.toString(),
        },
      };
  }
};

/** The event from its stored form. */
export const fromAgreementBody = (type: string, body: unknown): AgreementEvent => {
  if (type === 'AgreementEnded') {
    const { agreementId, effectiveUntil } = endedBody.parse(body);
    return { type, agreementId, effectiveUntil: BigInt(effectiveUntil) };
  }
  return { type: 'AgreementSigned', ...fromVersionBody(versionBody.parse(body)) };
};
