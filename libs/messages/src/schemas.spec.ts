import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { committedSchemas } from './generated/schemas.js';
import { fingerprintOf, isObject, type AvroType } from './schema.js';
import { compileSkim } from './skim.js';
import { resolution } from './versions.js';

const path = (name: string) => new URL(`../${name}`, import.meta.url);
interface Pinned {
  /** CRC-64-AVRO of the canonical form: what messages carry. */
  readonly avro: string;
  /** Of the whole file: the canonical form leaves defaults and logical types out. */
  readonly sha256: string;
}
const fingerprints = JSON.parse(
  readFileSync(path('schemas/fingerprints.json'), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, Pinned>>>>;
const named = committedSchemas.map(
  (schema) => [`${schema.type} v${schema.version}`, schema] as const,
);

describe('every committed schema', () => {
  it.each(named)('%s is in the list of fingerprints and was not changed since', (_name, schema) => {
    const avro = fingerprintOf(schema.schema).toString('hex');
    const file = readFileSync(path(`schemas/${schema.type}/v${schema.version}.avsc`));
    const sha256 = createHash('sha256').update(file).digest('hex');
    expect(fingerprints[schema.type]?.[String(schema.version)]).toEqual({ avro, sha256 });
  });

  it('has a fingerprint of its own, and the list has no other', () => {
    const listed = Object.values(fingerprints).flatMap((versions) =>
      Object.values(versions).map(({ avro }) => avro),
    );
    expect(new Set(listed).size).toBe(committedSchemas.length);
    expect(listed.length).toBe(committedSchemas.length);
  });

  it.each(named)('D16 %s has no recursion and no items of no bytes', (_name, { schema }) => {
    expect(compileSkim(schema)).toBeInstanceOf(Function);
  });

  it.each(named)(
    '%s uses only types that are read exactly: no float, no number',
    (_name, schema) => {
      expect(
        [...typesIn(schema.schema)].filter((type) => /float|double|fixed|enum/.test(type)),
      ).toEqual([]);
    },
  );

  it('is what the generated code was made from', () => {
    const generator = fileURLToPath(path('generate.mjs'));
    expect(() => execFileSync(process.execPath, [generator, '--check'])).not.toThrow();
  });
});

describe('B66 decimals in bytes', () => {
  it('are in no committed schema: money is a text whose length and scale its reader bounds', () => {
    for (const { schema } of committedSchemas) {
      expect(JSON.stringify(schema)).not.toMatch(
        /"logicalType":"decimal"|"fixed"|"double"|"float"/,
      );
    }
  });
});

describe('FULL_TRANSITIVE', () => {
  const pairs = committedSchemas.flatMap((writer) =>
    committedSchemas
      .filter((reader) => reader.type === writer.type)
      .map(
        (reader) =>
          [`${reader.type} v${reader.version}`, `v${writer.version}`, { reader, writer }] as const,
      ),
  );

  it.each(pairs)('%s reads what %s has written', (_reader, _writer, { reader, writer }) => {
    expect(resolution(writer.schema, reader.schema)).toBeInstanceOf(Function);
  });
});

function* typesIn(schema: AvroType): Generator<string> {
  if (typeof schema === 'string') yield schema;
  else if (!isObject(schema)) for (const branch of schema) yield* typesIn(branch);
  else {
    if (typeof schema.type === 'string') yield schema.type;
    for (const field of schema.fields ?? []) yield* typesIn(field.type);
    for (const inner of [schema.items, schema.values])
      if (inner !== undefined) yield* typesIn(inner);
  }
}
