import { describe, expect, it } from '@jest/globals';

import { tracingOf } from './tracing.js';

describe('the tracing of a service', () => {
  it.each([[{}], [{ OTEL_SERVICE_NAME: 'x' }], [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }]])(
    'is off without a collector: %j',
    (env) => {
      expect(tracingOf('pricing', env)).toEqual({ flags: [], env: {} });
    },
  );

  it.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])(
    'is on with %s, under the service’s own name',
    (name) => {
      const env = { [name]: 'http://collector:4318', OTEL_TRACES_SAMPLER: 'always_on' };
      expect(tracingOf('pricing', { ...env, OTEL_SERVICE_NAME: 'all', SECRET: 'x' })).toEqual({
        flags: ['--import', '@suanpan/platform-observability/register'],
        env: { ...env, OTEL_SERVICE_NAME: 'pricing' },
      });
    },
  );
});
