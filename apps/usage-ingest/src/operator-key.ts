/**
 * Makes a tenant's first key: `node apps/usage-ingest/dist/operator-key.js TENANT` prints it once.
 */
import 'reflect-metadata';
import { issueApiKey, readServiceConfig } from '@suanpan/platform-http';
import { openDatabase } from '@suanpan/platform-postgres';
import { DEFAULTS } from './start.js';
import { SERVICE } from './tokens.js';

const issue = async (tenant: string): Promise<string> => {
  const { databaseUrl, databaseSchema, accessSchema } = readServiceConfig(process.env, DEFAULTS);
  const db = await openDatabase({
    url: databaseUrl,
    schema: databaseSchema,
    applicationName: SERVICE,
  });
  const order = { tenant, party: null, role: 'operator', sources: [] } as const;
  const { apiKey } = await db.inTenant({ tenant }, (tx) => issueApiKey(tx, order, accessSchema));
  await db.close();
  return apiKey;
};

const [tenant = ''] = process.argv.slice(2);
if (tenant === '') {
  process.stderr.write('usage: operator-key TENANT\n');
  process.exit(2);
}
issue(tenant).then(
  (apiKey) => process.stdout.write(`${apiKey}\n`),
  (error: unknown) => {
    process.stderr.write(`operator-key: ${error instanceof Error ? error.message : 'failed'}\n`);
    process.exit(1);
  },
);
