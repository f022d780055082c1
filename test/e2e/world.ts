/**
 * What an e2e suite sees of the running system: its doors, per tenant, and a look into its tables.
 *
 * Shape       the stack and the services are started once by global-setup.mjs.
 * Invariant   a suite works in a tenant of its own, so that suites never meet.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachStack, serviceEnvironment } from '@suanpan/local-stack';
import pg from 'pg';
import { ApiClient } from '../../apps/suanpan/src/demo/api-client.js';
import { programOf, runProgram } from '../../apps/suanpan/src/demo/services.js';

interface About {
  readonly run: string;
  readonly home: string;
  readonly superuserUrl: string;
  readonly redisUrl: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly pids: Readonly<Record<string, number>>;
}

export interface Item {
  readonly index: number;
  readonly id: string | null;
  readonly status: 'accepted' | 'refused' | 'retry';
  readonly code?: string;
  readonly path?: string;
}

export interface Answer {
  readonly accepted: number;
  readonly refused: number;
  readonly results: readonly Item[];
}

export interface Counts {
  readonly rated: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly unpriced: number;
  readonly quarantined: number;
}

export const WAIT_MAX_MS = 90_000;
const LOOK_MS = 100;

/** Looks until `look` gives something other than null; fails with `what` after the limit. */
export const until = async <T>(what: string, look: () => Promise<T | null>): Promise<T> => {
  const end = performance.now() + WAIT_MAX_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > end) throw new Error(`Waited ${WAIT_MAX_MS} ms for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};

const home = process.env['SUANPAN_HOME'] ?? join(import.meta.dirname, '..', '..', '.suanpan');

export const about = (): About => JSON.parse(readFileSync(join(home, 'e2e.json'), 'utf8')) as About;

/** SQL as the superuser: to look, and to plant what must be found. */
export const sql = async <R>(text: string, params: readonly unknown[] = []): Promise<R[]> => {
  const client = new pg.Client({ connectionString: about().superuserUrl });
  await client.connect();
  try {
    return (await client.query(text, [...params])).rows as R[];
  } finally {
    await client.end();
  }
};

export interface Tenant {
  readonly name: string;
  readonly operatorKey: string;
  readonly ingest: ApiClient;
  readonly pricing: ApiClient;
  readonly shares: ApiClient;
  readonly settlement: ApiClient;
  /** Registers a centre and gives it a key for one source. */
  centre(id: string, source: string): Promise<ApiClient>;
  /** The same; the key itself, for a client that is not ours. */
  centreKey(id: string, source: string): Promise<string>;
  /** Waits until pricing has put `accepted` events of this tenant into a terminal state. */
  handled(accepted: number): Promise<Counts>;
  /** Closes a month for the tenant's contracts and waits for it. */
  close(period: string): Promise<readonly InvoiceHead[]>;
}

export interface InvoiceHead {
  readonly invoice: string;
  readonly number: string;
  readonly contract: string;
  readonly currency: string;
  readonly total: string;
}

let keys = 0;

export const nextKey = (name: string): string => {
  keys += 1;
  return `e2e-${name}-${keys}`;
};

const closeMonth = async (pricing: ApiClient, period: string): Promise<readonly InvoiceHead[]> => {
  const { close } = await pricing.post<{ close: string }>(
    `/v1/periods/${period}/close`,
    {},
    nextKey(`close-${period}`),
  );
  const done = await until(`the close of ${period}`, async () => {
    const state = await pricing.get<{ status: string }>(`/v1/closes/${close}`);
    return state.status === 'waiting' ? null : state;
  });
  if (done.status !== 'done') throw new Error(`The close is ${JSON.stringify(done)}.`);
  return pricing.all<InvoiceHead>(`/v1/invoices?period=${period}`, 'invoices');
};

const sumOf = (c: Counts): number =>
  c.rated + c.duplicate + c.conflict + c.unpriced + c.quarantined;

export const ingestUrl = (): string => about().urls['usage-ingest'] ?? '';

/** The doors of new tenants, each with a key of its operator. */
export const openTenants = async (wanted: readonly string[]): Promise<readonly Tenant[]> => {
  const names = wanted.map((one) => `${one}-${about().run}`);
  const stack = await attachStack();
  const made = await runProgram(
    [programOf('usage-ingest', 'operator-key'), ...names],
    serviceEnvironment(stack, 'usage-ingest'),
  );
  if (made.code !== 0) throw new Error(`No operator keys: ${made.errors}`);
  const keys = made.output.trim().split('\n');
  return names.map((name, index) => doorsOf(name, keys[index] ?? ''));
};

/** The doors of a new tenant, with a key of its operator. */
export const openTenant = async (wanted: string): Promise<Tenant> => {
  const [tenant] = await openTenants([wanted]);
  if (tenant === undefined) throw new Error(`No tenant ${wanted} was opened.`);
  return tenant;
};

const doorsOf = (name: string, operatorKey: string): Tenant => {
  const { urls } = about();
  const door = (service: string): ApiClient => new ApiClient(urls[service] ?? '', operatorKey);
  const ingest = door('usage-ingest');
  const pricing = door('pricing');
  const centreKey = async (id: string, source: string): Promise<string> => {
    await ingest.put(`/v1/centres/${id}`, { name: id, country: 'CN', status: 'active' });
    const order = { role: 'centre', party: id, sources: [source] };
    const { apiKey } = await ingest.post<{ apiKey: string }>(
      '/v1/api-keys',
      order,
      nextKey(`${name}-${id}`),
    );
    return apiKey;
  };
  return {
    ...{ name, operatorKey, ingest, pricing },
    shares: door('profit-share'),
    settlement: door('cross-border-settlement'),
    centre: async (id, source) => new ApiClient(ingestUrl(), await centreKey(id, source)),
    centreKey,
    handled: (accepted) =>
      until(`${accepted} events of ${name} to be handled`, async () => {
        const counts = await pricing.get<Counts>('/v1/events/counts');
        return sumOf(counts) >= accepted ? counts : null;
      }),
    close: (period) => closeMonth(pricing, period),
  };
};

/** Sends events as one JSON batch and gives the door's answer. */
export const send = (centre: ApiClient, events: readonly unknown[]): Promise<Answer> =>
  centre.post<Answer>('/v1/events', events);
