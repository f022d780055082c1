/**
 * Whether the services of `npm start` are traced, and where their spans go.
 *
 * Invariant   without a collector's address nothing is loaded: a process that is not traced pays
 *             nothing for tracing.
 * Source      https://opentelemetry.io/docs/specs/otel/protocol/exporter/; docs/architecture.md 2
 */
export type Environment = Readonly<Record<string, string | undefined>>;

const COLLECTORS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
const REGISTER = ['--import', '@suanpan/platform-observability/register'];

export interface Tracing {
  /** What stands before the program in the command. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The flags and the environment that trace one service; both empty without a collector. */
export const tracingOf = (service: string, env: Environment = process.env): Tracing => {
  if (COLLECTORS.every((name) => (env[name] ?? '') === '')) return { flags: [], env: {} };
  const given = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith('OTEL_') && value !== undefined ? [[name, value] as const] : [],
  );
  return { flags: REGISTER, env: { ...Object.fromEntries(given), OTEL_SERVICE_NAME: service } };
};
