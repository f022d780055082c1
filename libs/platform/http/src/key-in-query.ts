/**
 * A key in an address is refused loudly: addresses stand in logs, histories and proxies.
 *
 * Rejections  KEY_IN_QUERY 400
 * Source      reliability row S15
 */
import { Counter, metrics } from '@suanpan/platform-observability';
import { Malformed } from '@suanpan/event-sourcing';

const keysInQuery = new Counter({
  name: 'suanpan_http_keys_in_query_total',
  help: 'Requests that showed an API key in their address: alarm, the key is to be revoked.',
  registers: [metrics],
});

const KEY = /sp(?:_|%5f)[a-z2-7]{10}(?:_|%5f)/i;

/** Throws when the address of a request holds what looks like a key of ours. */
export const refuseKeyInQuery = (url: string): void => {
  if (!KEY.test(url)) return;
  keysInQuery.inc();
  const detail = 'An API key stood in the address. Revoke it; send it as Authorization: Bearer.';
  throw new Malformed('KEY_IN_QUERY', detail);
};
