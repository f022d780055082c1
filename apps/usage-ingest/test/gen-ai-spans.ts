/** Spans and log records as an OpenTelemetry SDK makes and writes them. */
import { SpanStatusCode } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import {
  InMemorySpanExporter,
  BasicTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { resourceFromAttributes } from '@opentelemetry/resources';

export const CHAT: Attributes = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'deepseek',
  'gen_ai.request.model': 'm-chat',
  'gen_ai.response.model': 'm-chat-0711',
  'gen_ai.usage.input_tokens': 10_000,
  'gen_ai.usage.output_tokens': 500,
  'gen_ai.usage.cache_read.input_tokens': 9_000,
  'gen_ai.usage.reasoning.output_tokens': 200,
  'gen_ai.response.finish_reasons': ['stop'],
  'user.id': 'shenzhen',
};

/** What is told of one call; `resource` is shared by all spans of a process. */
export interface ToldSpan {
  readonly attributes: Attributes;
  readonly end: Date;
  readonly failed?: boolean;
}

const SECOND_MS = 1_000;

/** Ended spans of an SDK. */
export const spansOf = (told: readonly ToldSpan[], resource: Attributes = {}): ReadableSpan[] => {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resource),
    spanProcessors: [new SimpleSpanProcessor(memory)],
  });
  const tracer = provider.getTracer('test');
  for (const { attributes, end, failed } of told) {
    const startTime = new Date(end.getTime() - SECOND_MS);
    const span = tracer.startSpan('chat m-chat', { attributes, startTime });
    if (failed === true) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(end);
  }
  return memory.getFinishedSpans();
};

/** Log records of an SDK. */
export const logRecordsOf = (told: readonly ToldSpan[]) => {
  const memory = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    processors: [new SimpleLogRecordProcessor({ exporter: memory })],
  });
  const logger = provider.getLogger('test');
  for (const { attributes, end } of told) {
    logger.emit({
      eventName: 'gen_ai.client.inference.operation.details',
      timestamp: end,
      attributes: attributes as Record<string, string>,
    });
  }
  return memory.getFinishedLogRecords();
};
