// An application under an unchanged OpenTelemetry SDK: everything it knows is in the environment.
import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK({ instrumentations: [] });
sdk.start();
const tracer = trace.getTracer('gateway');
const endTime = new Date(process.env.CALL_END);

tracer.startActiveSpan('invoke_agent helper', { startTime: endTime }, (agent) => {
  agent.setAttributes({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.request.model': 'm-chat',
    'gen_ai.usage.input_tokens': 10_000,
    'gen_ai.usage.output_tokens': 500,
  });
  const chat = tracer.startSpan('chat m-chat', { startTime: endTime });
  chat.setAttributes({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'deepseek',
    'gen_ai.request.model': 'm-chat',
    'gen_ai.usage.input_tokens': 10_000,
    'gen_ai.usage.cache_read.input_tokens': 9_000,
    'gen_ai.usage.output_tokens': 500,
    'user.id': 'shenzhen',
  });
  chat.end(endTime);
  agent.end(endTime);
  const { traceId, spanId } = chat.spanContext();
  process.stdout.write(`${traceId}-${spanId}`);
});
await sdk.shutdown();
