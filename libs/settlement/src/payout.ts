import { Rejection } from '@suanpan/event-sourcing';
import { fxPositionLines } from '@suanpan/ledger';
import type { JournalLine } from '@suanpan/ledger';
import type { SettledLeg, Valued } from './booking.js';
import { valued } from './booking.js';
import type { Conversion, RatePolicy } from './conversion.js';
import { convert, rateIdsText } from './conversion.js';
import type { NetLeg } from './netting.js';
import type { RateTable } from './rate-table.js';

/**
 * How the net of a leg is paid.
 *
 * Shape       from the account in the payout currency, if the entity has one: the exchange then passes
 *             through the FX position. Else from the account in the leg's currency: the bank delivers
 *             the counter-value, which is never a balance of ours.
 * Invariant   the counter-value is at the dealing rate and is rounded once per leg; the functional
 *             amount of the bank's line is at the booking rate of the day.
 * Rejections  NO_BANK_ACCOUNT, and those of ./conversion
 * Source      scenes.md C2 J6, J8 (80.00 × 1.2950 = SGD 103.60); design.md R35
 */
export interface PayoutTerms {
  readonly date: string;
  readonly payoutCurrency: string;
  readonly functionalCurrency: string;
  /** The currencies in which the entity has bank accounts. */
  readonly bankCurrencies: readonly string[];
  readonly booking: RatePolicy;
  readonly dealing: RatePolicy;
}

export interface PaidLeg {
  readonly leg: NetLeg;
  /** The net in the payout currency; absent where everything was netted. */
  readonly dealt?: Conversion;
  readonly settled: SettledLeg;
  readonly rateIds: readonly string[];
}

const requireAccount = (leg: NetLeg, terms: PayoutTerms): string => {
  const { payoutCurrency, bankCurrencies } = terms;
  const account = [payoutCurrency, leg.currency].find((c) => bankCurrencies.includes(c));
  if (account === undefined) {
    throw new Rejection(
      'NO_BANK_ACCOUNT',
      `There is no account in ${payoutCurrency} or ${leg.currency}, only in [${bankCurrencies.join()}].`,
    );
  }
  return account;
};

/** The position is valued like its side in functional currency, else like the bank's line. */
const positionOf = (
  { leg, dealt, paid }: { leg: NetLeg; dealt: Conversion; paid: Valued },
  functionalCurrency: string,
): readonly JournalLine[] => {
  if (paid.amount.currency === leg.currency) return [];
  const rateId = rateIdsText(dealt);
  return fxPositionLines({
    given: paid.amount,
    taken: leg.net,
    functional: leg.currency === functionalCurrency ? leg.net : paid.functional,
    ...(rateId === undefined ? {} : { rateId }),
  });
};

/** Pays one leg; a leg that was netted to zero moves no money and needs no rate. */
export const payLeg = (leg: NetLeg, table: RateTable, terms: PayoutTerms): PaidLeg => {
  const { date, payoutCurrency, functionalCurrency, booking, dealing } = terms;
  const { currency, clearings: cleared } = leg;
  if (leg.net.minor === 0n) {
    return { leg, settled: { currency, cleared, position: [] }, rateIds: [] };
  }
  const account = requireAccount(leg, terms);
  const dealt = convert(table, leg.net, { to: payoutCurrency, date, policy: dealing });
  const booked = convert(table, account === payoutCurrency ? dealt.to : leg.net, {
    to: functionalCurrency,
    date,
    policy: booking,
  });
  const paid = valued(booked);
  const position = positionOf({ leg, dealt, paid }, functionalCurrency);
  return {
    leg,
    dealt,
    settled: { currency, cleared, paid, position },
    rateIds: [...dealt.legs, ...booked.legs].map(({ rateId }) => rateId),
  };
};
