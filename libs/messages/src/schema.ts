/**
 * Avro schemas as data: their shape, their canonical form and their fingerprint.
 *
 * Owns        the parsing canonical form and CRC-64-AVRO; reading and writing are ./read and ./write.
 * Source      Avro specification 1.12, "Parsing Canonical Form for Schemas", "Schema Fingerprints"
 */
import { Defect } from '@suanpan/event-sourcing';

export type AvroType = string | readonly AvroType[] | AvroObject;

/** A complex type, or a primitive with a logical type. */
export interface AvroObject {
  readonly type: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly fields?: readonly AvroField[];
  readonly items?: AvroType;
  readonly values?: AvroType;
  readonly symbols?: readonly string[];
  readonly size?: number;
  readonly logicalType?: string;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly default?: unknown;
}

export interface CommittedSchema {
  readonly type: string;
  readonly version: number;
  readonly schema: AvroObject;
}

/** A named type's full name, given the namespace around it. */
export const fullName = (schema: AvroObject, around: string): string => {
  const { name = '', namespace = around } = schema;
  if (name === '') throw new Defect('SCHEMA_WITHOUT_NAME', `A ${schema.type} has no name.`);
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
};

/** The namespace in which a named type's own fields look up names. */
export const namespaceOf = (name: string): string =>
  name.slice(0, Math.max(0, name.lastIndexOf('.')));

export const primitives: ReadonlySet<string> = new Set(
  'null boolean int long float double bytes string'.split(' '),
);

/** A reference to a named type, in full. */
export const reference = (name: string, namespace: string): string =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;

const namedForm = (schema: AvroObject, around: string): string => {
  const name = fullName(schema, around);
  const head = `{"name":"${name}","type":"${schema.type}"`;
  if (schema.type === 'enum') return `${head},"symbols":${JSON.stringify(schema.symbols)}}`;
  if (schema.type === 'fixed') return `${head},"size":${schema.size}}`;
  const form = ({ name: field, type }: AvroField): string =>
    `{"name":"${field}","type":${canonicalForm(type, namespaceOf(name))}}`;
  return `${head},"fields":[${(schema.fields ?? []).map(form).join(',')}]}`;
};

/** The parsing canonical form. */
export const canonicalForm = (schema: AvroType, namespace = ''): string => {
  if (typeof schema === 'string') {
    return `"${primitives.has(schema) ? schema : reference(schema, namespace)}"`;
  }
  if (!isObject(schema)) {
    return `[${schema.map((branch) => canonicalForm(branch, namespace)).join(',')}]`;
  }
  if (schema.type === 'array') {
    return `{"type":"array","items":${canonicalForm(schema.items ?? '', namespace)}}`;
  }
  if (schema.type === 'map') {
    return `{"type":"map","values":${canonicalForm(schema.values ?? '', namespace)}}`;
  }
  if (['record', 'enum', 'fixed'].includes(schema.type)) return namedForm(schema, namespace);
  if (primitives.has(schema.type)) return `"${schema.type}"`;
  throw new Defect('SCHEMA_TYPE_UNKNOWN', `${schema.type} is no type of Avro.`);
};

export const isObject = (schema: AvroType): schema is AvroObject =>
  typeof schema === 'object' && !Array.isArray(schema);

const EMPTY = 0xc15d213aa4d7a795n;

const rabinTable = BigUint64Array.from({ length: 256 }, (_, index) => {
  let fingerprint = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1) {
    fingerprint = (fingerprint >> 1n) ^ (EMPTY & -(fingerprint & 1n));
  }
  return BigInt.asUintN(64, fingerprint);
});

/** CRC-64-AVRO of a text's UTF-8 bytes. */
export const rabin = (text: string): bigint => {
  let fingerprint = EMPTY;
  for (const byte of Buffer.from(text, 'utf8')) {
    const index = Number((fingerprint ^ BigInt(byte)) & 0xffn);
    fingerprint = (fingerprint >> 8n) ^ (rabinTable[index] ?? 0n);
  }
  return fingerprint;
};

/** The 8 bytes of a schema's fingerprint as they stand in a single-object encoding. */
export const fingerprintOf = (schema: AvroType): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(rabin(canonicalForm(schema)));
  return bytes;
};
