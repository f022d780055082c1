/**
 * Makes the first key of a tenant, or of several: `node apps/usage-ingest/dist/operator-key.js TENANT…`
 * prints each once, one a line, in the order of the tenants.
 */
import 'reflect-metadata';
import { issueApiKey, readServiceConfig } from '@suanpan/platform-http';
import { openDatabase } from '@suanpan/platform-postgres';
import { DEFAULTS } from './start.js';
import { SERVICE } from './tokens.js';

const issue = async (tenants: readonly string[]): Promise<void> => {
  const { databaseUrl, databaseSchema, accessSchema } = readServiceConfig(process.env, DEFAULTS);
  const db = await openDatabase({
    url: databaseUrl,
    schema: databaseSchema,
    applicationName: SERVICE,
  });
  for (const tenant of tenants) {
    const order = { tenant, party: null, role: 'operator', sources: [] } as const;
    const { apiKey } = await db.inTenant({ tenant }, (tx) => issueApiKey(tx, order, accessSchema));
    process.stdout.write(`${apiKey}\n`);
  }
  await db.close();
};

const tenants = process.argv.slice(2);
if (tenants.length === 0 || tenants.includes('')) {
  process.stderr.write('usage: operator-key TENANT…\n');
  process.exit(2);
}
issue(tenants).catch((error: unknown) => {
  process.stderr.write(`operator-key: ${error instanceof Error ? error.message : 'failed'}\n`);
  process.exit(1);
});
