/**
 * What must stand before the first event: centres, their keys, one price table, the contracts.
 */
import { ApiClient } from '../demo/api-client.js';
import { centreKeys, operatorKey } from '../demo/keys.js';
import { CENTRES } from '../demo/parties.js';
import { urlOf } from '../demo/services.js';
import { begin, type Bench } from './bench.js';
import { contracts, PRICE_TABLE, priceVersion } from './terms.js';

const signContracts = async (bench: Bench, operator: string): Promise<void> => {
  const { service } = await begin(bench, 'pricing', { ready: true });
  const pricing = new ApiClient(urlOf(bench.stack, 'pricing'), operator);
  await pricing.put(`/v1/price-tables/${PRICE_TABLE}/versions/1`, priceVersion);
  for (const { contract, terms } of contracts) {
    await pricing.put(`/v1/contracts/${contract}`, terms);
  }
  await service.stop();
};

const registerCentres = async (
  bench: Bench,
  operator: string,
): Promise<Readonly<Record<string, string>>> => {
  const { service } = await begin(bench, 'usage-ingest', { ready: true });
  const ingest = new ApiClient(urlOf(bench.stack, 'usage-ingest'), operator);
  for (const { id, name } of CENTRES) {
    await ingest.put(`/v1/centres/${id}`, { name, country: 'CN', status: 'active' });
  }
  const keys = await centreKeys(bench.stack, operator);
  await service.stop();
  return keys;
};

/** Sets everything up through the doors; gives the key of each centre. No service runs afterwards. */
export const setUpCatalogue = async (bench: Bench): Promise<Readonly<Record<string, string>>> => {
  const operator = await operatorKey(bench.stack);
  await signContracts(bench, operator);
  return registerCentres(bench, operator);
};
