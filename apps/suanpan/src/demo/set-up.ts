import { agreementVersions } from './agreements.js';
import type { ApiClient } from './api-client.js';
import { readFixture } from './fixture-files.js';
import { BUYERS, CENTRES, LEGAL_ENTITY, PARTNERS, priceTableOf } from './parties.js';

/**
 * The world of the demo, made through the services' own doors. Every call has a fixed id: making it twice changes
 * nothing.
 *
 * Source      test/fixtures/demo (prices, rates), ./parties, ./agreements
 */
export interface Doors {
  readonly ingest: ApiClient;
  readonly pricing: ApiClient;
  readonly shares: ApiClient;
  readonly settlement: ApiClient;
}

interface PriceTables {
  readonly tables: readonly {
    readonly priceTable: string;
    readonly currency: string;
    readonly versions: readonly {
      readonly version: string;
      readonly effectiveFrom: string;
      readonly source: string;
      readonly prices: readonly unknown[];
    }[];
  }[];
}

const FROM = '2026-03-31T16:00:00Z';
const PAYMENT_TERM_DAYS = 30;

const setUpCentres = async ({ ingest }: Doors): Promise<void> => {
  for (const { id, name } of CENTRES) {
    await ingest.put(`/v1/centres/${id}`, { name, country: 'CN', status: 'active' });
  }
};

const setUpPrices = async ({ pricing }: Doors): Promise<void> => {
  const { tables } = JSON.parse(readFixture('price-tables.json')) as PriceTables;
  for (const { priceTable, currency, versions } of tables) {
    for (const { version, effectiveFrom, source, prices } of versions) {
      const body = { currency, effectiveFrom, source, prices };
      await pricing.put(`/v1/price-tables/${priceTable}/versions/${version}`, body);
    }
  }
};

const setUpContracts = async ({ pricing }: Doors): Promise<void> => {
  for (const { id, contract, currency, zone } of BUYERS) {
    await pricing.put(`/v1/contracts/${contract}`, {
      buyer: id,
      seller: LEGAL_ENTITY,
      currency,
      zone,
      priceTable: priceTableOf(currency),
      requireAuthorization: false,
      rounding: 'half-even',
      paymentTermDays: PAYMENT_TERM_DAYS,
      from: FROM,
    });
  }
};

const setUpAgreements = async ({ shares }: Doors): Promise<void> => {
  for (const { agreement, version, ...terms } of agreementVersions()) {
    await shares.put(`/v1/agreements/${agreement}/versions/${version}`, terms);
  }
};

const ACCOUNT_CURRENCIES = [...new Set(['CNY', ...BUYERS.map(({ currency }) => currency)])];

const setUpBooks = async ({ settlement }: Doors): Promise<void> => {
  await settlement.put(`/v1/legal-entities/${LEGAL_ENTITY}`, {
    functionalCurrency: 'CNY',
    zone: 'Asia/Shanghai',
    bankAccounts: ACCOUNT_CURRENCIES.map((currency) => ({
      account: `simulated-${currency.toLowerCase()}-1`,
      currency,
    })),
  });
  for (const { id, country, currency } of BUYERS) {
    const body = { role: 'buyer', country, payoutCurrency: currency, netting: false };
    await settlement.put(`/v1/counterparties/${id}`, body);
  }
  for (const { id, role, country, payoutCurrency } of PARTNERS) {
    const body = { role, country, payoutCurrency, netting: true };
    await settlement.put(`/v1/counterparties/${id}`, body);
  }
};

const RATES = 'ecb-rates-2026q2.csv';

const importRates = async ({ settlement }: Doors): Promise<void> => {
  const currencies = [...new Set([...ACCOUNT_CURRENCIES, 'SGD', 'USD'])].join(',');
  await settlement.call({
    method: 'POST',
    path: `/v1/fx-rates/import?currencies=${currencies}&from=2026-04-01&to=2026-06-30`,
    raw: { type: 'text/csv', text: readFixture(RATES) },
    idempotencyKey: 'demo-fx-2026q2',
  });
};

/** Everything that must stand before the first call is sent. */
export const setUp = async (doors: Doors): Promise<void> => {
  await setUpCentres(doors);
  await Promise.all([
    setUpPrices(doors).then(() => setUpContracts(doors)),
    setUpAgreements(doors),
    setUpBooks(doors).then(() => importRates(doors)),
  ]);
};
