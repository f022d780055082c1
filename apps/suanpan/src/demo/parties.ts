import { cell, readRows } from './fixture-files.js';

/**
 * Who takes part in the demo. All of it is invented and says so: "(simulated)".
 *
 * Owns        centres, partners and buyers with their contracts. What partners earn is ./agreements.
 * Source      names of centres: requirements 13; load shapes: test/fixtures/demo/servegen-shapes.csv
 */
export const TENANT = 'shantou';
export const OPERATOR = 'shantou-operator';
export const OPERATOR_NAME = 'Shantou zone (simulated) 汕头试点（模拟）';
export const LEGAL_ENTITY = 'shantou-operator';
export const PERIOD = '2026-05';

export interface Centre {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly facility: string;
  /** Out of 100 requests, how many this centre serves. */
  readonly weight: number;
}

export const CENTRES: readonly Centre[] = [
  {
    id: 'eastern-guangdong',
    name: 'Eastern Guangdong Data Centre (simulated) 粤东数据中心',
    source: '/centres/eastern-guangdong/gateway-1',
    facility: 'eastern-guangdong-hall-a',
    weight: 50,
  },
  {
    id: 'guangdong-mobile-pool',
    name: 'Guangdong Mobile computing pool (simulated) 广东移动算力池',
    source: '/centres/guangdong-mobile-pool/gateway-1',
    facility: 'guangdong-mobile-chaoshan',
    weight: 30,
  },
  {
    id: 'shantou-zone-hall',
    name: 'Shantou zone hall (simulated) 汕头试点机房',
    source: '/centres/shantou-zone-hall/gateway-1',
    facility: 'shantou-zone-hall-1',
    weight: 20,
  },
];

export interface Partner {
  readonly id: string;
  readonly name: string;
  readonly role: 'vendor' | 'carrier' | 'zone-operator' | 'reseller' | 'centre';
  readonly country: string;
  readonly payoutCurrency: string;
}

export const PARTNERS: readonly Partner[] = [
  {
    id: 'model-vendors',
    name: 'Model vendors’ collecting agent (simulated) 模型厂商',
    role: 'vendor',
    country: 'CN',
    payoutCurrency: 'CNY',
  },
  {
    id: 'guangdong-mobile',
    name: 'Guangdong Mobile, lines (simulated) 广东移动（专线）',
    role: 'carrier',
    country: 'CN',
    payoutCurrency: 'CNY',
  },
  {
    id: 'shantou-zone-company',
    name: 'Shantou zone company (simulated) 汕头试点运营公司',
    role: 'zone-operator',
    country: 'CN',
    payoutCurrency: 'CNY',
  },
  {
    id: 'lion-city-resale',
    name: 'Lion City Resale (simulated)',
    role: 'reseller',
    country: 'SG',
    payoutCurrency: 'SGD',
  },
  ...CENTRES.map(({ id, name }) => ({
    id,
    name,
    role: 'centre' as const,
    country: 'CN',
    payoutCurrency: 'CNY',
  })),
];

export interface Buyer {
  readonly id: string;
  readonly name: string;
  readonly country: string;
  readonly zone: string;
  readonly currency: string;
  readonly contract: string;
}

const buyer = (
  id: string,
  name: string,
  [country, zone, currency]: readonly [string, string, string],
): Buyer => ({ id, name: `${name} (simulated)`, country, zone, currency, contract: `c-${id}` });

/** In the order of the load shapes: the first buyer has the busiest client's shape. */
export const BUYERS: readonly Buyer[] = [
  buyer('bintang-toys', 'Bintang Toys', ['ID', 'Asia/Jakarta', 'USD']),
  buyer('merlion-cloud', 'Merlion Cloud', ['SG', 'Asia/Singapore', 'SGD']),
  buyer('kowloon-media', 'Kowloon Media', ['HK', 'Asia/Shanghai', 'CNY']),
  buyer('straits-logistics', 'Straits Logistics', ['SG', 'Asia/Singapore', 'USD']),
  buyer('siam-retail', 'Siam Retail', ['TH', 'Asia/Bangkok', 'THB']),
  buyer('harbour-fintech', 'Harbour Fintech', ['HK', 'Asia/Hong_Kong', 'HKD']),
  buyer('saigon-apps', 'Saigon Apps', ['VN', 'Asia/Ho_Chi_Minh', 'USD']),
  buyer('melaka-learning', 'Melaka Learning', ['MY', 'Asia/Kuala_Lumpur', 'MYR']),
  buyer('nusantara-travel', 'Nusantara Travel', ['ID', 'Asia/Jakarta', 'IDR']),
  buyer('luzon-games', 'Luzon Games', ['PH', 'Asia/Manila', 'PHP']),
  buyer('hanuman-hotels', 'Hanuman Hotels', ['TH', 'Asia/Bangkok', 'USD']),
  buyer('hangang-studio', 'Hangang Studio', ['KR', 'Asia/Seoul', 'KRW']),
];

const SHAPES = 'servegen-shapes.csv';

/** Per hour of the day, the weight of each buyer, in the order of BUYERS. */
export const readShapes = (): readonly (readonly number[])[] => {
  const rows = readRows(SHAPES);
  if (rows.length !== BUYERS.length) {
    throw new Error(`${SHAPES} has ${rows.length} rows for ${BUYERS.length} buyers.`);
  }
  return Array.from({ length: 24 }, (_, hour) =>
    rows.map((row) => Number(cell(row, hour + 1, SHAPES))),
  );
};

/** The price table of a currency: see test/fixtures/demo/price-tables.json. */
export const priceTableOf = (currency: string): string => `list-${currency.toLowerCase()}`;
