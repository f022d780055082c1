/**
 * The local stack: real Kafka, PostgreSQL and Redis for a person's machine and for tests.
 *
 * Owns        finding, starting, provisioning and ending the servers and the services on them.
 *             Which topics exist is @suanpan/messages; tables are each service's migrations.
 */
export { REPOSITORY, wasStarted } from './home.js';
export { StackProblem } from './problem.js';
export type { Log } from './problem.js';
export { attachStack } from './stack.js';
export type { Stack } from './stack.js';
export { startStack } from './start.js';
export type { StartOptions } from './start.js';
export { resetStack, stopStack } from './stop.js';
export { provision } from './provision.js';
export { openCentreTopic } from './centre-topic.js';
export type { CentreTopicOpened, CentreTopicOrder } from './centre-topic.js';
export { GRANTS, KAFKA_USERS } from './kafka-access.js';
export type { Grant } from './kafka-access.js';
export { addKafkaUser, grantKafka } from './kafka-users.js';
export { ensureTopics } from './kafka-topics.js';
export type { DeclaredTopic } from './kafka-topics.js';
export { kafkaClient, pingKafka, withAdmin } from './kafka-client.js';
export {
  SERVICES,
  auditorEnvironment,
  reserveServicePorts,
  serviceEnvironment,
  servicePort,
} from './service-environment.js';
export type { ServiceName } from './service-environment.js';
export { liteLlm, openMeterSdk } from './foreign-clients.js';
export type { LiteLlm } from './foreign-clients.js';
export { onShutdown, stopEverything } from './supervisor.js';
export { startService } from './service.js';
export type { Service, ServiceSpec } from './service.js';
export type { Ending } from './guarded.js';
