/**
 * The rates that a source published for a day: one stream a source, purpose and day.
 *
 * Invariant   a published rate never changes; the same again is no fact.
 * Rejections  RATE_EXISTS
 * Source      design ruling R35; libs/settlement (fxRate, rateTable)
 */
import type { Decider } from '@suanpan/event-sourcing';
import { Rejection } from '@suanpan/event-sourcing';
import { encode } from '@suanpan/messages';
import { exactDecimal } from '@suanpan/money';
import type { OutboxMessage, StoredEvent, Tx } from '@suanpan/platform-postgres';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { FxRate } from '@suanpan/settlement';
import { z } from 'zod';

const ratesFact = z.object({
  source: z.string(),
  purpose: z.string(),
  date: z.string(),
  /** Microseconds since the epoch. */
  fixingTime: z.string(),
  rates: z.array(
    z.object({ rateId: z.string(), base: z.string(), quote: z.string(), rate: z.string() }),
  ),
});
export type RatesPublished = z.infer<typeof ratesFact>;

export const RATES_PUBLISHED = 'RatesPublished';

export const fromRatesBody = (_type: string, body: unknown): RatesPublished =>
  ratesFact.parse(body);

/** Rates of one source, purpose and day as one fact. */
export const toRatesFact = (rates: readonly [FxRate, ...FxRate[]]): RatesPublished => {
  const [{ source, purpose, date, fixingTime }] = rates;
  return {
    source,
    purpose,
    date,
    fixingTime: fixingTime.toString(),
    rates: rates.map(({ rateId, base, quote, rate }) => ({
      rateId,
      base,
      quote,
      rate: exactDecimal(rate),
    })),
  };
};

export const ratesStream = ({ source, purpose, date }: RatesPublished): string =>
  `fx-rates:${source}:${purpose}:${date}`;

type Known = ReadonlyMap<string, string>;

export const ratesOfDay: Decider<Known, RatesPublished, RatesPublished> = {
  initial: new Map(),
  decide: (known, offered) => {
    const differing = offered.rates.find(
      ({ rateId, rate }) => (known.get(rateId) ?? rate) !== rate,
    );
    if (differing !== undefined) {
      const before = known.get(differing.rateId) ?? '';
      throw new Rejection('RATE_EXISTS', `${differing.rateId} was published as ${before}.`);
    }
    const rates = offered.rates.filter(({ rateId }) => !known.has(rateId));
    return rates.length === 0 ? [] : [{ ...offered, rates }];
  },
  evolve: (known, { rates }) =>
    new Map([...known, ...rates.map(({ rateId, rate }) => [rateId, rate] as const)]),
};

/** What the others are told: a message a rate. */
export const toWireRates = (tenant: string, published: RatesPublished): readonly OutboxMessage[] =>
  published.rates.map(({ rateId, base, quote, rate }) => {
    const { source, purpose, date, fixingTime } = published;
    const streamId = ratesStream(published);
    return {
      topic: 'fx-rate',
      key: streamId,
      type: 'fx-rate.published',
      tenant,
      streamId,
      value: encode('fx-rate.published', {
        tenant,
        rateId,
        source,
        purpose,
        base,
        quote,
        date,
        rate,
        fixingTime: BigInt(fixingTime),
      }),
    };
  });

const SAVE = `
insert into fx_rate
  (tenant, rate_id, source, purpose, base, quote, date, rate, rate_text, fixing_time)
select $1, rate_id, $2, $3, base, quote, $4, rate::numeric, rate, $5
from unnest($6::text[], $7::text[], $8::text[], $9::text[]) as r(rate_id, base, quote, rate)`;

export const projectRates = async (tx: Tx, { tenant, body }: StoredEvent): Promise<void> => {
  const { source, purpose, date, fixingTime, rates } = ratesFact.parse(body);
  await tx.query(SAVE, [
    ...[tenant, source, purpose, date, toRowInstant(BigInt(fixingTime))],
    rates.map(({ rateId }) => rateId),
    rates.map(({ base }) => base),
    rates.map(({ quote }) => quote),
    rates.map(({ rate }) => rate),
  ]);
};
