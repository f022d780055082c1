export type { TestStack, TestStackOptions } from './test-stack.js';
export { TcpProxy } from './tcp-proxy.js';
export { testStack } from './test-stack.js';
export { until } from './until.js';
