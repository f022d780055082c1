// Starts the stack and the four services once for the e2e suites; they find them through e2e.json.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureTopics, startStack, withAdmin } from '@suanpan/local-stack';
import { topics } from '@suanpan/messages';
import { migrateAll, startServices, urlOf } from '../../apps/suanpan/dist/demo/services.js';

const quiet = () => undefined;

const globalSetup = async () => {
  const stack = await startStack({ log: quiet });
  await withAdmin(stack.kafka, (admin) => ensureTopics(admin, topics));
  await migrateAll(stack);
  const services = await startServices(stack, quiet);
  globalThis.suanpanServices = services;
  const about = {
    // A home that is kept must not bring an earlier run's tenants back.
    run: Date.now().toString(36),
    home: stack.home.root,
    superuserUrl: stack.postgres.superuserUrl,
    redisUrl: stack.redis.url,
    urls: Object.fromEntries(services.map(({ name }) => [name, urlOf(stack, name)])),
    pids: Object.fromEntries(services.map((service) => [service.name, service.pid()])),
  };
  writeFileSync(join(stack.home.root, 'e2e.json'), JSON.stringify(about), { mode: 0o600 });
};

export default globalSetup;
