import { stopEverything } from '@suanpan/local-stack';

const globalTeardown = () => stopEverything();

export default globalTeardown;
