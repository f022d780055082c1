/** Candidates for specs, read from encoded events as the hot path reads them. */
import { encode } from '@suanpan/messages';
import type { Catalogue } from '@suanpan/pricing';
import { catalogueOf } from '@suanpan/pricing';
import type { Candidate } from '../src/rating/candidate.js';
import { DimensionCache } from '../src/rating/dimensions.js';
import { isPoison, readUsage } from '../src/rating/read-usage.js';
import type { Usage } from './usage.js';
import { identityOfUsage } from './usage.js';

const price = (kind: string, perMillion: string) => ({ model: 'm-chat', kind, perMillion });

export const catalogue: Catalogue = catalogueOf(
  [
    {
      tenant: 'shantou',
      contract: 'C-1',
      until: null,
      closed: new Set(),
      terms: {
        buyer: 'bintang-toys',
        seller: 'shantou-operator',
        currency: 'USD',
        zone: 'Asia/Jakarta',
        priceTable: 'retail',
        requireAuthorization: true,
        rounding: 'half-even',
        paymentTermDays: 30,
        from: 0n,
      },
    },
  ],
  [
    {
      tenant: 'shantou',
      priceTable: 'retail',
      currency: 'USD',
      versions: [
        {
          version: 'P1',
          effectiveFrom: 0n,
          source: 'test',
          prices: [
            price('input', '0.30'),
            price('cached_input', '0.03'),
            price('output', '1.20'),
            price('reasoning', '1.20'),
          ],
        },
      ],
    },
  ],
);

const dimensions = new DimensionCache();

/** The event as a candidate at an offset of its own partition, already decided. */
export const candidate = (
  event: Usage,
  offset: bigint,
  outcome: Candidate['outcome'] = 'rated',
): Candidate => {
  const key = identityOfUsage(event);
  const partition = (key[0] ?? 0) >> 2;
  const value = encode('usage.recorded', event);
  const record = { offset, key, value, headers: {}, timestamp: 0n };
  const read = readUsage(record, { partition, dimensions, catalogue });
  if (isPoison(read)) throw new Error(`${read.reason}: ${read.detail}`);
  read.outcome = outcome;
  return read;
};
