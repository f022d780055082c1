/**
 * Goes through bytes by a schema that is not the newest of ours, before avsc reads them.
 *
 * Owns        the proof that a body is sound: bounds, counts, text, the end of every block. avsc
 *             itself trusts counts (reliability.md section 3).
 * Invariant   work is bounded by the bytes: a schema with recursion or with items of no bytes is
 *             refused before any byte is looked at.
 * Rejections  DECODE_FAILED, UNSAFE_SCHEMA
 * Source      Avro specification 1.12, "Binary Encoding"; reliability.md D16, S48
 */
import { Malformed } from '@suanpan/event-sourcing';
import type { Cursor } from './cursor.js';
import { fullName, isObject, namespaceOf, primitives, reference } from './schema.js';
import type { AvroObject, AvroType } from './schema.js';

export type Skim = (cursor: Cursor) => void;

/** What is known of a type: how it is skimmed, and whether a value may have no bytes at all. */
interface Known {
  readonly skim: Skim;
  readonly empty: boolean;
}

interface Around {
  readonly namespace: string;
  readonly named: Map<string, Known | 'open'>;
}

const unsafe = (why: string): Malformed => new Malformed('UNSAFE_SCHEMA', `The schema has ${why}.`);

const simple: Readonly<Record<string, Known>> = {
  null: { skim: () => undefined, empty: true },
  boolean: { skim: (cursor) => void cursor.boolean(), empty: false },
  int: { skim: (cursor) => void cursor.int(), empty: false },
  long: { skim: (cursor) => void cursor.long(), empty: false },
  float: { skim: (cursor) => cursor.skip(4), empty: false },
  double: { skim: (cursor) => cursor.skip(8), empty: false },
  bytes: { skim: (cursor) => void cursor.blob(), empty: false },
  string: { skim: (cursor) => void cursor.text(), empty: false },
};

/** The function that goes through one value of `schema`. Throws UNSAFE_SCHEMA where none may. */
export const compileSkim = (schema: AvroType): Skim =>
  compile(schema, { namespace: '', named: new Map() }).skim;

const compile = (schema: AvroType, around: Around): Known => {
  if (typeof schema === 'string') return byName(schema, around);
  if (!isObject(schema)) return ofUnion(schema.map((branch) => compile(branch, around)));
  if (schema.type === 'array') return { skim: ofItems(schema.items, around), empty: false };
  if (schema.type === 'map') return { skim: ofValues(schema.values, around), empty: false };
  if (primitives.has(schema.type)) return byName(schema.type, around);
  return ofNamed(schema, around);
};

const byName = (name: string, { namespace, named }: Around): Known => {
  const known = simple[name] ?? named.get(reference(name, namespace));
  if (known === undefined) throw unsafe(`no type ${name}`);
  if (known === 'open') throw unsafe(`recursion in ${name}`);
  return known;
};

const ofUnion = (branches: readonly Known[]): Known => ({
  skim: (cursor) => {
    const branch = branches[cursor.int()];
    if (branch === undefined) throw cursor.failed('a union has no such branch');
    branch.skim(cursor);
  },
  empty: false,
});

const ofItems = (items: AvroType | undefined, around: Around): Skim => {
  const item = compile(items ?? '', around);
  if (item.empty) throw unsafe('an array whose items have no bytes');
  return (cursor) => cursor.blocks(() => item.skim(cursor));
};

const ofValues = (values: AvroType | undefined, around: Around): Skim => {
  const value = compile(values ?? '', around);
  return (cursor) => void cursor.map(() => value.skim(cursor));
};

const ofNamed = (schema: AvroObject, { namespace, named }: Around): Known => {
  const name = fullName(schema, namespace);
  named.set(name, 'open');
  const known = ofOpenNamed(schema, { namespace: namespaceOf(name), named });
  named.set(name, known);
  return known;
};

const ofOpenNamed = (schema: AvroObject, around: Around): Known => {
  if (schema.type === 'record') {
    const fields = (schema.fields ?? []).map((field) => compile(field.type, around));
    return {
      skim: (cursor) => fields.forEach((field) => field.skim(cursor)),
      empty: fields.every((field) => field.empty),
    };
  }
  if (schema.type === 'enum')
    return ofUnion((schema.symbols ?? []).map(() => simple['null'] as Known));
  const { size = 0 } = schema;
  if (schema.type === 'fixed') return { skim: (cursor) => cursor.skip(size), empty: size === 0 };
  throw unsafe(`no type ${schema.type}`);
};
