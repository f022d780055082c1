/**
 * The environment of a service, as docs/architecture.md 2 names it.
 *
 * Owns        which schema, roles, Kafka user and port belong to which service.
 * Source      docs/architecture.md 2
 */
import { AUDITOR, PIPELINE, appOf, ownerOf } from './postgres-provision.js';
import { choosePort } from './ports.js';
import type { Stack } from './stack.js';
import { writeState } from './state.js';

export const SERVICES = {
  'usage-ingest': { schema: 'ingest', port: 3001 },
  pricing: { schema: 'pricing', port: 3002 },
  'profit-share': { schema: 'profit_share', port: 3003 },
  'cross-border-settlement': { schema: 'settlement', port: 3004 },
} as const;

export type ServiceName = keyof typeof SERVICES;

const kafkaOf = (stack: Stack, user: string): Record<string, string> => {
  const { brokers, username, password, ours } = stack.kafka;
  // A given cluster has the user that was given with it, or none.
  const [name, secret] = ours
    ? [user, stack.state.passwords[`kafka.${user}`] ?? '']
    : [username, password];
  if (name === null) return { KAFKA_BROKERS: brokers };
  return { KAFKA_BROKERS: brokers, KAFKA_USERNAME: name, KAFKA_PASSWORD: secret ?? '' };
};

const pricingOnly = (stack: Stack, service: ServiceName): Record<string, string> =>
  service === 'pricing' ? { PIPELINE_DATABASE_URL: stack.postgres.urlFor(PIPELINE) } : {};

/** usage-ingest runs the migrations of schema `access` too. */
const ingestOnly = (stack: Stack, service: ServiceName): Record<string, string> =>
  service === 'usage-ingest'
    ? { ACCESS_MIGRATION_DATABASE_URL: stack.postgres.urlFor(ownerOf('access')) }
    : {};

/** The port of a service: the reserved one, else the usual one. */
export const servicePort = (stack: Stack, service: ServiceName): number =>
  stack.state.ports[service] ?? SERVICES[service].port;

/** Chooses a free port for each service, the usual one where it is free. */
export const reserveServicePorts = async (stack: Stack): Promise<void> => {
  const taken = new Set<number>();
  for (const [service, { port }] of Object.entries(SERVICES)) {
    const chosen = await choosePort({ usual: port, last: stack.state.ports[service], taken });
    taken.add(chosen);
    stack.state.ports[service] = chosen;
  }
  writeState(stack.home, stack.state);
};

/** What a service needs to find its servers; the caller adds the rest (SIMULATED_NOW, PATH …). */
export const serviceEnvironment = (stack: Stack, service: ServiceName): Record<string, string> => {
  const { schema } = SERVICES[service];
  return {
    ...kafkaOf(stack, service),
    DATABASE_URL: stack.postgres.urlFor(appOf(schema)),
    MIGRATION_DATABASE_URL: stack.postgres.urlFor(ownerOf(schema)),
    DATABASE_SCHEMA: schema,
    ...pricingOnly(stack, service),
    ...ingestOnly(stack, service),
    REDIS_URL: stack.redis.url,
    PORT: String(servicePort(stack, service)),
    VAULT_KEY: stack.state.vaultKey,
  };
};

/** What `suanpan verify` reads with: every topic and every row, and nothing to write. */
export const auditorEnvironment = (stack: Stack): Record<string, string> => ({
  ...kafkaOf(stack, AUDITOR),
  DATABASE_URL: stack.postgres.urlFor(AUDITOR),
});
