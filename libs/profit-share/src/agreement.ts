import { formatInstant, quarterHourOf } from '@suanpan/calendar';
import type { Instant } from '@suanpan/calendar';
import type { Decider } from '@suanpan/event-sourcing';
import { Rejection } from '@suanpan/event-sourcing';
import { formatPrice, minorUnits } from '@suanpan/money';
import type { Step } from './steps.js';
import { requireSteps } from './steps.js';

/**
 * A revenue-share agreement: who divides the revenue of which contracts, from when.
 *
 * Owns        the versions, their dates and their steps. Amounts are ./distribute; paying is settlement.
 * Units       effectiveFrom and effectiveUntil: instants on a quarter-hour, since usage is kept in
 *             quarter-hours; a version holds from its instant until the next one's.
 * Invariant   versions follow each other in number and in time; all are in one currency. A version
 *             that has divided something has held; another can be ended before it ever holds.
 * Rejections  VERSION_NOT_LATER, NOT_ACTIVE, NOT_ON_QUARTER_HOUR, CURRENCY_CHANGED, END_NOT_LATER,
 *             and those of ./steps
 * Source      scenes.md B, B2; design.md R10 (shares change on a quarter-hour)
 */
export interface AgreementVersion {
  readonly agreementId: string;
  readonly version: number;
  readonly currency: string;
  readonly effectiveFrom: Instant;
  /** The contracts it covers; empty means every contract that no agreement names. */
  readonly contracts: readonly string[];
  readonly steps: readonly Step[];
}

export interface SignAgreement extends AgreementVersion {
  readonly type: 'SignAgreement';
}

export interface EndAgreement {
  readonly type: 'EndAgreement';
  readonly agreementId: string;
  /** The first instant at which it no longer holds. */
  readonly effectiveUntil: Instant;
  /** Its versions that have divided something: they have held, whatever is ordered now. */
  readonly divided: readonly number[];
}

export type AgreementCommand = SignAgreement | EndAgreement;

export interface AgreementSigned extends AgreementVersion {
  readonly type: 'AgreementSigned';
}

export interface AgreementEnded {
  readonly type: 'AgreementEnded';
  readonly agreementId: string;
  readonly effectiveUntil: Instant;
}

export type AgreementEvent = AgreementSigned | AgreementEnded;

export type Agreement =
  | { readonly status: 'draft' }
  | { readonly status: 'active'; readonly versions: readonly AgreementVersion[] }
  | {
      readonly status: 'ended';
      readonly versions: readonly AgreementVersion[];
      readonly effectiveUntil: Instant;
    };

const requireQuarterHour = (instant: Instant): void => {
  if (quarterHourOf(instant) !== instant) {
    const text = formatInstant(instant);
    throw new Rejection('NOT_ON_QUARTER_HOUR', `${text} is not on a quarter-hour.`);
  }
};

const requireLater = (last: AgreementVersion, next: SignAgreement): void => {
  if (next.version <= last.version || next.effectiveFrom <= last.effectiveFrom) {
    throw new Rejection(
      'VERSION_NOT_LATER',
      `Version ${next.version} from ${formatInstant(next.effectiveFrom)} does not follow version ` +
        `${last.version} from ${formatInstant(last.effectiveFrom)} of ${next.agreementId}.`,
    );
  }
  if (next.currency !== last.currency) {
    const change = `${last.currency} to ${next.currency}`;
    throw new Rejection('CURRENCY_CHANGED', `${next.agreementId} may not change from ${change}.`);
  }
};

/** One text for one set of terms, to tell a repeated order from another one. */
const termsText = (version: AgreementVersion): string =>
  JSON.stringify([
    version.version,
    version.currency,
    version.effectiveFrom.toString(),
    version.contracts,
    version.steps.map((step) => {
      if (step.kind === 'shares') {
        return step.parties.map((p) => [p.party, p.role, p.shareBps.toString()]);
      }
      const rate =
        step.kind === 'per-million' ? formatPrice(step.perMillion) : step.shareBps.toString();
      const scope =
        step.kind === 'per-million' ? [step.tokenKinds, step.models] : step.revenueTypes;
      return [step.kind, step.party, step.role, rate, scope];
    }),
  ]);

/** Signing the very same version again adds nothing, so that a repeated PUT is safe. */
const sign = (state: Agreement, command: SignAgreement): readonly AgreementEvent[] => {
  const { agreementId, version, currency, effectiveFrom, contracts, steps } = command;
  if (state.status === 'ended') {
    throw new Rejection('NOT_ACTIVE', `Agreement ${agreementId} has ended.`);
  }
  if (state.status === 'active') {
    const known = state.versions.find((v) => v.version === version);
    if (known !== undefined && termsText(known) === termsText(command)) return [];
    const last = state.versions.at(-1);
    if (last !== undefined) requireLater(last, command);
  }
  minorUnits(currency);
  requireQuarterHour(effectiveFrom);
  requireSteps(steps);
  return [
    {
      type: 'AgreementSigned',
      agreementId,
      version,
      currency,
      effectiveFrom,
      contracts,
      steps,
    },
  ];
};

/** The end may lie at the start of a version, which then never holds, if it has divided nothing. */
const requireEnd = (
  versions: readonly AgreementVersion[],
  { agreementId, effectiveUntil, divided }: Omit<EndAgreement, 'type'>,
): void => {
  const never = versions.filter(({ effectiveFrom }) => effectiveFrom >= effectiveUntil);
  const [first] = never;
  if (first === undefined) return;
  const isAtStart = first.effectiveFrom === effectiveUntil;
  if (isAtStart && !never.some(({ version }) => divided.includes(version))) return;
  throw new Rejection(
    'END_NOT_LATER',
    `Agreement ${agreementId} cannot end at ${formatInstant(effectiveUntil)}: its version ` +
      `${first.version} starts at ${formatInstant(first.effectiveFrom)}.`,
  );
};

/** Ending at the very same instant again adds nothing: the first answer may have been lost. */
const end = (
  state: Agreement,
  { agreementId, effectiveUntil, divided }: EndAgreement,
): readonly AgreementEvent[] => {
  if (state.status === 'ended' && state.effectiveUntil === effectiveUntil) return [];
  if (state.status !== 'active') {
    throw new Rejection('NOT_ACTIVE', `Agreement ${agreementId} is ${state.status}.`);
  }
  requireQuarterHour(effectiveUntil);
  requireEnd(state.versions, { agreementId, effectiveUntil, divided });
  return [{ type: 'AgreementEnded', agreementId, effectiveUntil }];
};

const versionOf = (event: AgreementSigned): AgreementVersion => ({
  agreementId: event.agreementId,
  version: event.version,
  currency: event.currency,
  effectiveFrom: event.effectiveFrom,
  contracts: event.contracts,
  steps: event.steps,
});

export const agreement: Decider<Agreement, AgreementCommand, AgreementEvent> = {
  initial: { status: 'draft' },
  decide: (state, command) => {
    switch (command.type) {
      case 'SignAgreement':
        return sign(state, command);
      case 'EndAgreement':
        return end(state, command);
    }
  },
  evolve: (state, event) => {
    const versions = state.status === 'draft' ? [] : state.versions;
    switch (event.type) {
      case 'AgreementSigned':
        return { status: 'active', versions: [...versions, versionOf(event)] };
      case 'AgreementEnded':
        return { status: 'ended', versions, effectiveUntil: event.effectiveUntil };
    }
  },
};
