/** Rebuilds the tables of cross-border-settlement beside the living ones and compares them. */
import { createLogger } from '@suanpan/platform-observability';
import { replaySettlement } from './replay/replay-settlement.js';
import { SERVICE } from './running.js';

replaySettlement(process.env).then(
  (result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    process.exitCode = result.equal ? 0 : 1;
  },
  (error: unknown) => {
    createLogger({ service: SERVICE }).fatal({ err: error }, 'The replay failed.');
    process.exitCode = 1;
  },
);
