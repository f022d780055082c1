/**
 * A service's settings, read once from the environment.
 *
 * Invariant   a wrong setting stops the start with one sentence that names it, never its value.
 * Source      docs/architecture.md 2, "Environment of a service"
 */
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ServiceDefaults {
  readonly service: string;
  readonly defaultPort: number;
  /** The service's own schema. */
  readonly defaultSchema?: string;
}

export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig';
}

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;
const POSTGRES_URL = /^postgres(?:ql)?:\/\/\S+$/;

const identifier = z.string().regex(IDENTIFIER, 'must be a plain lower-case SQL name');
const postgresUrl = z.string().regex(POSTGRES_URL, 'must be a postgresql:// address');
const wholeNumber = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number);

const shape = z.object({
  PORT: wholeNumber.refine((port) => port <= 65_535, 'must be at most 65535').optional(),
  KAFKA_BROKERS: z
    .string('must be set to host:port, several with commas')
    .regex(/^[^\s,]+:\d+(?:,[^\s,]+:\d+)*$/, 'must be host:port, several with commas')
    .transform((text) => text.split(',')),
  DATABASE_URL: postgresUrl,
  PIPELINE_DATABASE_URL: postgresUrl.optional(),
  MIGRATION_DATABASE_URL: postgresUrl.optional(),
  ACCESS_MIGRATION_DATABASE_URL: postgresUrl.optional(),
  DATABASE_SCHEMA: identifier.optional(),
  ACCESS_SCHEMA: identifier.default('access'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/\S+$/, 'must be a redis:// address')
    .optional(),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,100}$/, 'must be a part of a topic name')
    .default(''),
  VAULT_KEY: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 32 bytes in hex')
    .optional(),
  LATE_LIMIT_DAYS: wholeNumber.default(45),
  NODE_ENV: z.string().optional(),
});

export interface ServiceConfig {
  readonly service: string;
  readonly port: number;
  readonly kafkaBrokers: readonly string[];
  readonly databaseUrl: string;
  readonly pipelineDatabaseUrl: string | undefined;
  readonly migrationDatabaseUrl: string | undefined;
  readonly accessMigrationDatabaseUrl: string | undefined;
  readonly databaseSchema: string;
  readonly accessSchema: string;
  readonly redisUrl: string | undefined;
  readonly topicPrefix: string;
  readonly vaultKey: string | undefined;
  readonly lateLimitDays: number;
  readonly production: boolean;
}

const withoutEmpty = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));

const sentence = (env: Environment, issue: z.core.$ZodIssue): string => {
  const name = issue.path.join('.');
  return env[name] === undefined ? `${name} must be set.` : `${name} ${issue.message}.`;
};

/** Reads the settings that every service has; throws `InvalidConfig` with a sentence per fault. */
export const readServiceConfig = (env: Environment, defaults: ServiceDefaults): ServiceConfig => {
  const given = withoutEmpty(env);
  const read = shape.safeParse(given);
  if (!read.success) {
    throw new InvalidConfig(read.error.issues.map((issue) => sentence(given, issue)).join(' '));
  }
  const values = read.data;
  return {
    service: defaults.service,
    port: values.PORT ?? defaults.defaultPort,
    kafkaBrokers: values.KAFKA_BROKERS,
    databaseUrl: values.DATABASE_URL,
    pipelineDatabaseUrl: values.PIPELINE_DATABASE_URL,
    migrationDatabaseUrl: values.MIGRATION_DATABASE_URL,
    accessMigrationDatabaseUrl: values.ACCESS_MIGRATION_DATABASE_URL,
    databaseSchema:
      values.DATABASE_SCHEMA ?? defaults.defaultSchema ?? defaults.service.replaceAll('-', '_'),
    accessSchema: values.ACCESS_SCHEMA,
    redisUrl: values.REDIS_URL,
    topicPrefix: values.TOPIC_PREFIX,
    vaultKey: values.VAULT_KEY,
    lateLimitDays: values.LATE_LIMIT_DAYS,
    production: values.NODE_ENV === 'production',
  };
};
