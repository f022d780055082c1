// Starts the stack once for the integration suites; each of them opens a corner of it.
import { startStack } from '@suanpan/local-stack';

const globalSetup = async () => {
  await startStack({ log: () => undefined });
};

export default globalSetup;
