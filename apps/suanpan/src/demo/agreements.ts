import { readFixture } from './fixture-files.js';
import { BUYERS, OPERATOR } from './parties.js';

/**
 * The revenue-share agreements of the demo: one for each currency that is invoiced, each with a change
 * of shares in the middle of May. All simulated.
 *
 * Units       shareBps: basis points, 10_000 is the rest after the steps before. perMillion: agreement currency.
 */
interface Party {
  readonly party: string;
  readonly role: string;
  readonly shareBps: number;
}

export interface Step {
  readonly kind: 'per-million' | 'shares';
  readonly party: string | null;
  readonly perMillion: string | null;
  readonly tokenKinds: readonly string[];
  readonly models: readonly string[];
  readonly parties: readonly Party[];
}

export interface AgreementVersion {
  readonly agreement: string;
  readonly version: number;
  readonly currency: string;
  readonly effectiveFrom: string;
  readonly contracts: readonly string[];
  readonly steps: readonly Step[];
}

const FROM_APRIL = '2026-03-31T16:00:00Z';
/** 16 May 00:00 in Shanghai. */
const FROM_MID_MAY = '2026-05-15T16:00:00Z';

const RESOLD_CURRENCIES: readonly string[] = ['USD', 'SGD', 'MYR'];

/** The vendor's royalty for each million of output tokens: one USD, at the table's stated rate. */
const royalties = (): ReadonlyMap<string, string> => {
  const { tables } = JSON.parse(readFixture('price-tables.json')) as {
    tables: readonly { currency: string; perUsd: string }[];
  };
  return new Map(tables.map(({ currency, perUsd }) => [currency, perUsd]));
};

const vendorStep = (perMillion: string): Step => ({
  kind: 'per-million',
  party: 'model-vendors',
  perMillion,
  tokenKinds: ['output', 'reasoning'],
  models: [],
  parties: [],
});

const sharesStep = (parties: readonly Party[]): Step => ({
  kind: 'shares',
  party: null,
  perMillion: null,
  tokenKinds: [],
  models: [],
  parties,
});

const party = (name: string, role: string, shareBps: number): Party => ({
  party: name,
  role,
  shareBps,
});

/** What is left after the royalty; what the reseller takes comes from the operator's part. */
const restOf = (centres: readonly [number, number, number], resellerBps: number): Step => {
  const fixed = [
    party('eastern-guangdong', 'centre', centres[0]),
    party('guangdong-mobile-pool', 'centre', centres[1]),
    party('shantou-zone-hall', 'centre', centres[2]),
    party('guangdong-mobile', 'carrier', 1_200),
    party('shantou-zone-company', 'zone-operator', 300),
    ...(resellerBps === 0 ? [] : [party('lion-city-resale', 'reseller', resellerBps)]),
  ];
  const given = fixed.reduce((sum, { shareBps }) => sum + shareBps, 0);
  return sharesStep([...fixed, party(OPERATOR, 'operator', 10_000 - given)]);
};

/** Both versions of the agreement of every currency, in the order in which they were signed. */
export const agreementVersions = (): readonly AgreementVersion[] => {
  const royaltyOf = royalties();
  const currencies = [...new Set(BUYERS.map(({ currency }) => currency))];
  return currencies.flatMap((currency) => {
    const royalty = royaltyOf.get(currency);
    if (royalty === undefined) throw new Error(`price-tables.json has no ${currency}.`);
    const contracts = BUYERS.filter((buyer) => buyer.currency === currency).map(
      ({ contract }) => contract,
    );
    const resellerBps = RESOLD_CURRENCIES.includes(currency) ? 800 : 0;
    const agreement = { agreement: `share-${currency.toLowerCase()}`, currency, contracts };
    return [
      {
        ...agreement,
        version: 1,
        effectiveFrom: FROM_APRIL,
        steps: [vendorStep(royalty), restOf([2_750, 1_650, 1_100], resellerBps)],
      },
      {
        ...agreement,
        version: 2,
        effectiveFrom: FROM_MID_MAY,
        steps: [vendorStep(royalty), restOf([2_500, 1_500, 1_000], resellerBps)],
      },
    ];
  });
};
