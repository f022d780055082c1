import { createLogger } from '@suanpan/platform-observability';
import { SERVICE } from './running.js';
import { startSettlement } from './service.js';

startSettlement(process.env).catch((error: unknown) => {
  createLogger({ service: SERVICE }).fatal(
    { err: error },
    'cross-border-settlement did not start.',
  );
  process.exit(1);
});
