import type { Instant } from '@suanpan/calendar';
import { formatInstant, requireZone } from '@suanpan/calendar';
import type { Decider } from '@suanpan/event-sourcing';
import { Rejection } from '@suanpan/event-sourcing';
import type { RoundingRule } from '@suanpan/money';
import { minorUnits } from '@suanpan/money';

/**
 * A contract: what one buyer has agreed.
 *
 * Owns        parties, currency, calendar, price table, rounding and dates. Prices are ./price-table.
 * Units       from, until: instants, half-open; paymentTermDays: local days after the issue date.
 * Invariant   signed terms are never changed; a contract can end once.
 * Rejections  ALREADY_SIGNED, ENDS_BEFORE_START, CURRENCY_MISMATCH, UNKNOWN_ROUNDING,
 *             INVALID_PAYMENT_TERM, NOT_SIGNED, ALREADY_ENDED, USAGE_ALREADY_RATED; malformed:
 *             UNKNOWN_ZONE, INVALID_CURRENCY
 * Source      design.md 1 (contract)
 */
export interface ContractTerms {
  readonly buyer: string;
  /** The legal entity that sells. */
  readonly seller: string;
  readonly currency: string;
  readonly zone: string;
  readonly priceTable: string;
  /** A call that names no authorization is held back from the bill. */
  readonly requireAuthorization: boolean;
  readonly rounding: RoundingRule;
  readonly paymentTermDays: number;
  readonly from: Instant;
}

export interface SignContract {
  readonly type: 'SignContract';
  readonly contract: string;
  readonly terms: ContractTerms;
  readonly until: Instant | null;
  /** The price table's currency, where it has a version already. */
  readonly priceTableCurrency: string | null;
}

export interface EndContract {
  readonly type: 'EndContract';
  readonly contract: string;
  readonly until: Instant;
  /** Whether a call, or a correction, at or after `until` was already rated under the contract. */
  readonly usageRatedSince: boolean;
}

export interface ContractSigned {
  readonly type: 'ContractSigned';
  readonly contract: string;
  readonly terms: ContractTerms;
}

export interface ContractEnded {
  readonly type: 'ContractEnded';
  readonly contract: string;
  readonly until: Instant;
}

export type ContractCommand = SignContract | EndContract;
export type ContractEvent = ContractSigned | ContractEnded;

export type Contract =
  | { readonly status: 'draft' }
  | { readonly status: 'signed'; readonly terms: ContractTerms }
  | { readonly status: 'ended'; readonly terms: ContractTerms; readonly until: Instant };

export const ROUNDING_RULES: readonly RoundingRule[] = [
  'half-even',
  'half-up',
  'half-down',
  'up',
  'down',
  'ceiling',
  'floor',
];
const PAYMENT_TERM_DAYS_MAX = 365;

const requireTerms = (terms: ContractTerms): void => {
  requireZone(terms.zone);
  minorUnits(terms.currency);
  if (!ROUNDING_RULES.includes(terms.rounding)) {
    throw new Rejection('UNKNOWN_ROUNDING', `${terms.rounding} is no rounding rule.`);
  }
  const { paymentTermDays: days } = terms;
  if (!Number.isInteger(days) || days < 0 || days > PAYMENT_TERM_DAYS_MAX) {
    throw new Rejection(
      'INVALID_PAYMENT_TERM',
      `${days} is not 0 to ${PAYMENT_TERM_DAYS_MAX} days.`,
    );
  }
};

const requireOrder = (from: Instant, until: Instant): void => {
  if (until > from) return;
  throw new Rejection(
    'ENDS_BEFORE_START',
    `An end at ${formatInstant(until)} is not after the start at ${formatInstant(from)}.`,
  );
};

const isSame = (one: ContractTerms, other: ContractTerms): boolean =>
  one.buyer === other.buyer &&
  one.seller === other.seller &&
  one.currency === other.currency &&
  one.zone === other.zone &&
  one.priceTable === other.priceTable &&
  one.requireAuthorization === other.requireAuthorization &&
  one.rounding === other.rounding &&
  one.paymentTermDays === other.paymentTermDays &&
  one.from === other.from;

const signed = ({ contract, terms }: SignContract): ContractSigned => ({
  type: 'ContractSigned',
  contract,
  terms: {
    buyer: terms.buyer,
    seller: terms.seller,
    currency: terms.currency,
    zone: terms.zone,
    priceTable: terms.priceTable,
    requireAuthorization: terms.requireAuthorization,
    rounding: terms.rounding,
    paymentTermDays: terms.paymentTermDays,
    from: terms.from,
  },
});

const sign = (state: Contract, command: SignContract): readonly ContractEvent[] => {
  const { contract, terms, until, priceTableCurrency } = command;
  requireTerms(terms);
  if (until !== null) requireOrder(terms.from, until);
  if (state.status !== 'draft') {
    if (isSame(state.terms, terms)) return [];
    throw new Rejection('ALREADY_SIGNED', `Contract ${contract} was signed with other terms.`);
  }
  if (priceTableCurrency !== null && priceTableCurrency !== terms.currency) {
    throw new Rejection(
      'CURRENCY_MISMATCH',
      `Price table ${terms.priceTable} is in ${priceTableCurrency}, the contract in ${terms.currency}.`,
    );
  }
  const first = signed(command);
  return until === null ? [first] : [first, { type: 'ContractEnded', contract, until }];
};

const end = (state: Contract, command: EndContract): readonly ContractEvent[] => {
  const { contract, until } = command;
  if (state.status === 'draft')
    throw new Rejection('NOT_SIGNED', `There is no contract ${contract}.`);
  if (state.status === 'ended') {
    if (state.until === until) return [];
    const ended = formatInstant(state.until);
    throw new Rejection('ALREADY_ENDED', `Contract ${contract} ended at ${ended}.`);
  }
  requireOrder(state.terms.from, until);
  if (command.usageRatedSince) {
    const from = formatInstant(until);
    throw new Rejection('USAGE_ALREADY_RATED', `Calls since ${from} were rated under ${contract}.`);
  }
  return [{ type: 'ContractEnded', contract, until }];
};

export const contract: Decider<Contract, ContractCommand, ContractEvent> = {
  initial: { status: 'draft' },
  decide: (state, command) => {
    switch (command.type) {
      case 'SignContract':
        return sign(state, command);
      case 'EndContract':
        return end(state, command);
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'ContractSigned':
        return { status: 'signed', terms: event.terms };
      case 'ContractEnded':
        return state.status === 'draft'
          ? state
          : { status: 'ended', terms: state.terms, until: event.until };
    }
  },
};
