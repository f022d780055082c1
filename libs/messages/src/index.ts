export { readAvroEvent } from './cloud-event-avro.js';
export type { AvroAttributes, AvroData, AvroEvent } from './cloud-event-avro.js';
export { readAvroEventFile } from './cloud-event-file.js';
export type { AvroEventFile, AvroFileLimits } from './cloud-event-file.js';
export { cloudEventSchema } from './cloud-event-schema.js';
export { decode, encode } from './codec.js';
export type { Message, MessageDraft, MessageOf, MessageType } from './codec.js';
export type * from './generated/types.js';
export {
  IDENTITY_BYTES,
  identityOf,
  identityTextOf,
  USAGE_PARTITIONS,
  usagePartition,
} from './identity.js';
export { PAYLOAD_HASH_VERSION, payloadHash, payloadHashHex } from './payload-hash.js';
export { readAvroCloudEvent } from './cloud-event.js';
export type { AvroCloudEvent, CloudEventAttribute } from './cloud-event.js';
export { usageOwnerOf } from './usage-owner.js';
export type { UsageOwner } from './usage-owner.js';
export { centreUser, SUBMITTED_PREFIX, submittedSpec, submittedTopic } from './submitted.js';
export type { CentreOf } from './submitted.js';
export { topicName, topicOf, topics } from './topics.js';
export type { TopicSpec } from './topics.js';
export { publishSchemas, RegistryCodec } from './registry.js';
export type { RegistryOptions } from './registry.js';
