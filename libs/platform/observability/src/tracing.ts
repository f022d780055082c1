/**
 * Spans around the log, and the trace that crosses a store or a topic.
 *
 * Shape       one producer span a send, one consumer span a batch with links to the other traces in
 *             it: a span a record would cost more than the record.
 * Units       milliseconds
 * Invariant   without a tracing SDK all of this does nothing, and costs next to nothing.
 * Source      W3C Trace Context; OpenTelemetry messaging conventions; docs/architecture.md 4
 */
import {
  ProxyTracerProvider,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  propagation,
  trace,
} from '@opentelemetry/api';
import type { Attributes, Context, Link, Span } from '@opentelemetry/api';

const LINKS_MAX = 32;
const FLUSH_MS = 1_500;
const tracer = trace.getTracer('suanpan');

/** The `traceparent` of the active span; undefined when tracing is off. */
export const currentTraceparent = (): string | undefined => {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
};

interface Flushable {
  readonly forceFlush?: () => Promise<void>;
}

/**
 * Sends the spans that are still here, before a process leaves by `process.exit`. A collector that
 * does not answer costs 1.5 s: what it misses are spans, and the process must leave within 10 s.
 */
export const flushSpans = async (): Promise<void> => {
  const proxy = trace.getTracerProvider();
  if (!(proxy instanceof ProxyTracerProvider)) return;
  const provider = proxy.getDelegate() as Flushable;
  const late = new Promise<void>((resolve) => setTimeout(resolve, FLUSH_MS).unref());
  const flushed = provider.forceFlush?.().catch(() => undefined);
  await Promise.race([flushed, late]);
};

const contextOf = (traceparent: string): Context =>
  propagation.extract(ROOT_CONTEXT, { traceparent });

/** Runs work that another thread or process has begun, as part of its trace. */
export const continueTrace = <T>(
  traceparent: string | undefined,
  work: () => Promise<T>,
): Promise<T> => (traceparent === undefined ? work() : context.with(contextOf(traceparent), work));

const ended = async <T>(span: Span, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
};

const attributesOf = (topic: string, count: number): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': topic,
  'messaging.batch.message_count': count,
});

/** Runs a send of `count` records inside a producer span. */
export const inProducerSpan = <T>(
  topic: string,
  count: number,
  work: () => Promise<T>,
): Promise<T> =>
  tracer.startActiveSpan(
    `send ${topic}`,
    { kind: SpanKind.PRODUCER, attributes: attributesOf(topic, count) },
    (span) => ended(span, work),
  );

export interface Consumed {
  readonly topic: string;
  readonly count: number;
  /** What the records' headers say; the first one's trace is the one that goes on. */
  readonly traceparents: Iterable<string | undefined>;
}

const linksOf = (traceparents: Iterable<string | undefined>): ReadonlyMap<string, Link> => {
  const links = new Map<string, Link>();
  for (const traceparent of traceparents) {
    if (links.size >= LINKS_MAX) break;
    if (traceparent === undefined || links.has(traceparent)) continue;
    const spanContext = trace.getSpanContext(contextOf(traceparent));
    if (spanContext !== undefined) links.set(traceparent, { context: spanContext });
  }
  return links;
};

/** Runs the handling of records inside a consumer span of the first record's trace. */
export const inConsumerSpan = <T>(consumed: Consumed, work: () => Promise<T>): Promise<T> => {
  const links = linksOf(consumed.traceparents);
  const [first] = links.keys();
  const parent = first === undefined ? ROOT_CONTEXT : contextOf(first);
  return tracer.startActiveSpan(
    `process ${consumed.topic}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: attributesOf(consumed.topic, consumed.count),
      links: [...links.values()].slice(1),
    },
    parent,
    (span) => ended(span, work),
  );
};
