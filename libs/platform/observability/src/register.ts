/**
 * Turns tracing on: `node --import @suanpan/platform-observability/register …/main.js`.
 *
 * Shape       active only when OTEL_EXPORTER_OTLP_ENDPOINT or …_TRACES_ENDPOINT is set;
 *             OTEL_SERVICE_NAME names the process. HTTP and PostgreSQL are instrumented here, the log in `./tracing`.
 * Invariant   must run before anything imports what is instrumented. An ESM process needs the
 *             loader hook, or it emits nothing (measured: ecosystem, trap 3).
 * Source      https://opentelemetry.io/docs/languages/js/
 */
import { register } from 'node:module';

/** Metrics are `GET /metrics` and logs are lines: only traces leave this way unless asked for. */
const onlyTraces = (): void => {
  process.env['OTEL_METRICS_EXPORTER'] ??= 'none';
  process.env['OTEL_LOGS_EXPORTER'] ??= 'none';
};

const instrument = async (): Promise<void> => {
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  const [{ NodeSDK }, { OTLPTraceExporter }, { HttpInstrumentation }, { PgInstrumentation }] =
    await Promise.all([
      import('@opentelemetry/sdk-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/instrumentation-http'),
      import('@opentelemetry/instrumentation-pg'),
    ]);
  onlyTraces();
  const sdk = new NodeSDK({
    traceExporter: new OTLPTraceExporter(),
    instrumentations: [
      new HttpInstrumentation(),
      // A poll of the outbox or the reconciler belongs to no trace; it makes none of its own.
      new PgInstrumentation({ requireParentSpan: true }),
    ],
  });
  sdk.start();
  // A service leaves by `process.exit`, which emits no such event: it calls `flushSpans` itself.
  process.once('beforeExit', () => void sdk.shutdown());
};

const COLLECTORS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

if (COLLECTORS.some((name) => (process.env[name] ?? '') !== '')) await instrument();
