export { decode, encode } from './codec.js';
export type { Message, MessageDraft, MessageOf, MessageType } from './codec.js';
export type * from './generated/types.js';
export { IDENTITY_BYTES, identityOf, USAGE_PARTITIONS, usagePartition } from './identity.js';
export { PAYLOAD_HASH_VERSION, payloadHash } from './payload-hash.js';
export { topicName, topicOf, topics } from './topics.js';
export type { TopicSpec } from './topics.js';
export { publishSchemas, RegistryCodec } from './registry.js';
export type { RegistryOptions } from './registry.js';
