/**
 * `node dist/replay.js`: prints one line of JSON, and ends with 1 when a projection differs.
 *
 * Source      docs/architecture.md 2
 */
import { replayProfitShare } from './replay/replay-profit-share.js';

replayProfitShare(process.env).then(
  (replayed) => {
    process.stdout.write(`${JSON.stringify(replayed)}\n`);
    process.exit(replayed.equal ? 0 : 1);
  },
  (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`replay: ${text}\n`);
    process.exit(2);
  },
);
