/**
 * The trace that the running code belongs to, in the form that crosses a store or a topic.
 *
 * Source      W3C Trace Context; docs/architecture.md 4
 */
import { ROOT_CONTEXT, context, propagation } from '@opentelemetry/api';

/** The `traceparent` of the active span; undefined when tracing is off. */
export const currentTraceparent = (): string | undefined => {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
};

/** Runs `work` inside the trace that a message carries; outside any when it carries none. */
export const withTraceparent = <T>(traceparent: string | undefined, work: () => T): T =>
  traceparent === undefined
    ? work()
    : context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), work);
