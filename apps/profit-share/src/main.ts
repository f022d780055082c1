import { createLogger } from '@suanpan/platform-observability';
import { SERVICE } from './running.js';
import { startProfitShare } from './service.js';

startProfitShare(process.env).catch((error: unknown) => {
  createLogger({ service: SERVICE }).fatal({ err: error }, 'profit-share did not start.');
  process.exit(1);
});
