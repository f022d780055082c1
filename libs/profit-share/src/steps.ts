import { Rejection } from '@suanpan/event-sourcing';
import type { Price } from '@suanpan/money';

/**
 * The steps of an agreement: in order, who takes what of the base.
 *
 * Owns        which lists of steps are an agreement, and the order of the parties.
 * Units       shareBps: basis points, 10_000 is the whole; perMillion: a price per 1,000,000 tokens
 *             in the agreement's currency.
 * Invariant   there is one 'shares' step, it is the last, and its shares sum to exactly 10_000.
 * Rejections  SHARES_NOT_LAST, SHARES_NOT_WHOLE, SHARE_OUT_OF_RANGE, PARTY_TWICE
 * Source      scenes.md B (steps 1 to 3); design.md R33
 */
export interface PerMillionStep {
  readonly kind: 'per-million';
  readonly party: string;
  readonly role: string;
  readonly perMillion: Price;
  /** Only these token kinds; empty means all. */
  readonly tokenKinds: readonly string[];
  /** Only these models; empty means all. */
  readonly models: readonly string[];
}

export interface PercentageStep {
  readonly kind: 'percentage';
  readonly party: string;
  readonly role: string;
  readonly shareBps: bigint;
  /** A part of these revenue types of the base; empty means all. */
  readonly revenueTypes: readonly string[];
}

export interface ShareOfRest {
  readonly party: string;
  readonly role: string;
  readonly shareBps: bigint;
}

export interface SharesStep {
  readonly kind: 'shares';
  readonly parties: readonly ShareOfRest[];
}

export type Step = PerMillionStep | PercentageStep | SharesStep;

export const WHOLE_BPS = 10_000n;

const requireInRange = ({ party, shareBps }: { party: string; shareBps: bigint }): void => {
  if (shareBps < 0n || shareBps > WHOLE_BPS) {
    throw new Rejection(
      'SHARE_OUT_OF_RANGE',
      `${party} has ${shareBps} bps, not 0 to ${WHOLE_BPS}.`,
    );
  }
};

const requireWhole = ({ parties }: SharesStep): void => {
  parties.forEach(requireInRange);
  const totalBps = parties.reduce((sum, { shareBps }) => sum + shareBps, 0n);
  if (totalBps !== WHOLE_BPS) {
    throw new Rejection('SHARES_NOT_WHOLE', `Shares sum to ${totalBps} bps, not ${WHOLE_BPS}.`);
  }
  const names = parties.map(({ party }) => party);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new Rejection('PARTY_TWICE', `${twice} stands twice in the shares of the rest.`);
  }
};

/** Refuses a list of steps that would not divide the whole base. */
export const requireSteps = (steps: readonly Step[]): void => {
  const shares = steps.filter((step) => step.kind === 'shares');
  if (shares.length !== 1 || steps.at(-1)?.kind !== 'shares') {
    const kinds = steps.map(({ kind }) => kind).join(', ');
    throw new Rejection('SHARES_NOT_LAST', `One 'shares' step must come last, not [${kinds}].`);
  }
  shares.forEach(requireWhole);
  for (const step of steps) if (step.kind === 'percentage') requireInRange(step);
};

export interface Party {
  readonly party: string;
  readonly role: string;
}

const partiesOfStep = (step: Step): readonly Party[] =>
  step.kind === 'shares' ? step.parties : [step];

/** The parties in the order in which the agreement first names them: the order of ties. */
export const partiesOf = (steps: readonly Step[]): readonly Party[] => {
  const roles = new Map<string, string>();
  for (const { party, role } of steps.flatMap(partiesOfStep)) {
    if (!roles.has(party)) roles.set(party, role);
  }
  return [...roles].map(([party, role]) => ({ party, role }));
};
