import 'reflect-metadata';
import { createLogger } from '@suanpan/platform-observability';
import { SERVICE } from './running.js';
import { startPricing } from './service.js';

startPricing(process.env).catch((error: unknown) => {
  createLogger({ service: SERVICE }).fatal({ err: error }, 'pricing did not start.');
  process.exit(1);
});
