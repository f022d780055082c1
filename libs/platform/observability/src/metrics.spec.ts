import { describe, expect, it } from '@jest/globals';
import { Counter, metrics, renderMetrics } from './metrics.js';

describe('the metrics page', () => {
  it('shows the process and what a package counts', async () => {
    const counter = new Counter({ name: 'suanpan_test_total', help: 'x', registers: [metrics] });
    counter.inc(3);
    const { contentType, body } = await renderMetrics();
    expect(contentType).toContain('text/plain');
    expect(body).toContain('suanpan_test_total 3');
    expect(body).toContain('process_cpu_seconds_total');
  });
});
