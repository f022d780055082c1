/**
 * Confluent framing, for those who run a schema registry: byte 0, a 4-byte id, the body.
 *
 * Owns        the small part of the registry's REST API that this needs. The only file here that
 *             speaks to the network, with the `fetch` that it is given.
 * Invariant   a registry that does not answer is never a reason to quarantine a record (F36).
 * Rejections  UNKNOWN_SCHEMA, SCHEMA_INCOMPATIBLE, those of ./codec and ./skim;
 *             REGISTRY_UNAVAILABLE is Unavailable: try again
 * Source      Confluent Schema Registry API reference v1; reliability.md B62, B70, S48
 */
import { Defect, Malformed, Unavailable } from '@suanpan/event-sourcing';
import { decode, decodeBody, encode } from './codec.js';
import type { Message, MessageDraft, MessageType } from './codec.js';
import { committedSchemas } from './generated/schemas.js';
import { fullName, fingerprintOf, isObject, type AvroType } from './schema.js';
import { foreignVersion, versionBy, type Version } from './versions.js';

export interface RegistryOptions {
  /** Such as `http://registry:8081`, or with a path before `/subjects`. */
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;
const HEAD_BYTES = 5;
const SINGLE_OBJECT_HEAD_BYTES = 10;
const SCHEMA_LENGTH_MAX = 262_144;
const VERSIONS_KEPT_MAX = 1_000;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: object;
}

/** Asks the registry; the answer's JSON, or null where it says 404. */
const ask = async (options: RegistryOptions, call: Call): Promise<unknown> => {
  const { url, fetch: request, timeoutMs = TIMEOUT_MS } = options;
  const where = `${call.method} ${call.path}`;
  try {
    const response = await request(`${url.replace(/\/$/, '')}${call.path}`, {
      method: call.method,
      headers: { accept: CONTENT_TYPE, 'content-type': CONTENT_TYPE },
      signal: AbortSignal.timeout(timeoutMs),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    if (response.ok) return (await response.json()) as unknown;
    await response.body?.cancel();
    if (response.status === 404) return null;
    if (response.status === 409) throw new Defect('SCHEMA_INCOMPATIBLE', `${where} was refused.`);
    throw new Error(`status ${response.status}`);
  } catch (cause) {
    if (cause instanceof Defect) throw cause;
    throw new Unavailable('REGISTRY_UNAVAILABLE', `${where} was not answered.`, { cause });
  }
};

const property = (answer: unknown, name: string): unknown =>
  typeof answer === 'object' && answer !== null && name in answer
    ? (answer as Readonly<Record<string, unknown>>)[name]
    : undefined;

const subjectOf = (schema: AvroType): string => (isObject(schema) ? fullName(schema, '') : '');

/**
 * Registers every committed version, oldest first, under the record's name, and asks the registry
 * to refuse whatever is not compatible both ways. Gives the newest version's id by message type.
 */
export const publishSchemas = async (
  options: RegistryOptions,
): Promise<ReadonlyMap<string, number>> => {
  const ids = new Map<string, number>();
  for (const { type, schema } of committedSchemas) {
    const subject = encodeURIComponent(subjectOf(schema));
    const compatibility = { compatibility: 'FULL_TRANSITIVE' };
    await ask(options, { method: 'PUT', path: `/config/${subject}`, body: compatibility });
    const id = property(
      await ask(options, {
        method: 'POST',
        path: `/subjects/${subject}/versions`,
        body: { schemaType: 'AVRO', schema: JSON.stringify(schema) },
      }),
      'id',
    );
    if (typeof id !== 'number') {
      throw new Unavailable('REGISTRY_UNAVAILABLE', `No id was given to ${type}.`);
    }
    ids.set(type, id);
  }
  return ids;
};

/** Reads and writes Confluent framing; reads our own framing as well. */
export class RegistryCodec {
  private readonly versions = new Map<number, Version>();
  private ids: ReadonlyMap<string, number> = new Map();

  constructor(private readonly options: RegistryOptions) {}

  /** Registers our schemas; needed before `encode`. */
  async publish(): Promise<void> {
    this.ids = await publishSchemas(this.options);
  }

  encode<T extends MessageType>(type: T, value: MessageDraft<T>): Buffer {
    const id = this.ids.get(type);
    if (id === undefined) throw new Defect('SCHEMA_NOT_PUBLISHED', `${type} has no id yet.`);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(id, 1);
    return Buffer.concat([head, encode(type, value).subarray(SINGLE_OBJECT_HEAD_BYTES)]);
  }

  async decode(bytes: Buffer | null): Promise<Message> {
    if (bytes === null || bytes[0] !== 0 || bytes.length < HEAD_BYTES) return decode(bytes);
    const id = bytes.readUInt32BE(1);
    const version = this.versions.get(id) ?? (await this.look(id));
    return decodeBody(version, bytes, HEAD_BYTES);
  }

  /** An unknown id is asked for again each time: it may be registered a moment later. */
  private async look(id: number): Promise<Version> {
    const answer = await ask(this.options, { method: 'GET', path: `/schemas/ids/${id}` });
    const text = property(answer, 'schema');
    if (typeof text !== 'string' || text.length > SCHEMA_LENGTH_MAX) {
      throw new Malformed('UNKNOWN_SCHEMA', `The registry has no schema with the id ${id}.`);
    }
    const version = versionOf(text, id);
    if (this.versions.size >= VERSIONS_KEPT_MAX) this.versions.clear();
    this.versions.set(id, version);
    return version;
  }
}

/** A committed version where the schema is one, else one that is read as our newest (B70). */
const versionOf = (text: string, id: number): Version => {
  const { schema, fingerprint } = parse(text, id);
  const committed = versionBy(fingerprint.readInt32LE(0), fingerprint.readInt32LE(4));
  if (committed !== undefined) return committed;
  const name = subjectOf(schema);
  const own = committedSchemas.find((candidate) => subjectOf(candidate.schema) === name);
  if (own === undefined || !isObject(schema)) {
    throw new Malformed('UNKNOWN_SCHEMA', `The schema ${id}, ${name}, is no message of ours.`);
  }
  return foreignVersion({ type: own.type, version: 0, schema });
};

/** Whoever may register a schema can write nonsense into it: each way to fail is the same refusal. */
const parse = (text: string, id: number): { schema: AvroType; fingerprint: Buffer } => {
  try {
    const schema = JSON.parse(text) as AvroType;
    return { schema, fingerprint: fingerprintOf(schema) };
  } catch {
    throw new Malformed('UNKNOWN_SCHEMA', `The schema ${id} cannot be read.`);
  }
};
