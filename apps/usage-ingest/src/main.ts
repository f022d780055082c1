import 'reflect-metadata';
import { startIngest } from './start.js';

startIngest(process.env).catch((error: unknown) => {
  process.stderr.write(`usage-ingest: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
