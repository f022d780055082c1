/**
 * Turns schemas/<type>/vN.avsc into src/generated: the types of the newest versions, the functions
 * that read and write them, and the schemas of every version as values, so that the library reads
 * no file when it starts and the hot path is plain code.
 *
 * Run         node libs/messages/generate.mjs           writes the files
 *             node libs/messages/generate.mjs --check   exits 1 where a file is not what it would write
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';

const from = new URL('./schemas/', import.meta.url);
const to = new URL('./src/generated/', import.meta.url);
const primitives = {
  string: 'string',
  long: 'bigint',
  int: 'number',
  boolean: 'boolean',
  bytes: 'Buffer',
  null: 'null',
};

/** Every committed version: `[{type: 'usage.recorded', version: 1, schema}]`, by type and version. */
const committed = () =>
  readdirSync(from, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .flatMap((type) =>
      readdirSync(new URL(`${type}/`, from))
        .map((file) => Number(/^v([1-9]\d*)\.avsc$/.exec(file)[1]))
        .sort((a, b) => a - b)
        .map((version) => ({ type, version, schema: read(type, version) })),
    );

const read = (type, version) =>
  JSON.parse(readFileSync(new URL(`${type}/v${version}.avsc`, from), 'utf8'));

const newestOf = (all) =>
  all.filter(({ type, version }) => !all.some((o) => o.type === type && o.version > version));

/** The TypeScript type of an Avro type; records found on the way are put into `records`. */
const typeText = (avro, records) => {
  if (Array.isArray(avro)) {
    return [...avro.filter((t) => t !== 'null'), ...avro.filter((t) => t === 'null')]
      .map((t) => typeText(t, records))
      .join(' | ');
  }
  if (typeof avro === 'string') return primitives[avro] ?? avro;
  if (avro.type === 'record') return recordName(avro, records);
  if (avro.type === 'array') return `readonly ${element(avro.items, records)}[]`;
  if (avro.type === 'map') return `Readonly<Record<string, ${typeText(avro.values, records)}>>`;
  return typeText(avro.type, records);
};

const element = (avro, records) =>
  Array.isArray(avro) ? `(${typeText(avro, records)})` : typeText(avro, records);

const comment = (text, logicalType) => {
  const words = [text, logicalType === 'timestamp-micros' && 'Microseconds since the epoch.'];
  const said = words.filter(Boolean).join(' ');
  return said === '' ? '' : `/** ${said} */\n`;
};

const recordName = (avro, records) => {
  const fields = avro.fields.map((field) => {
    const branches = Array.isArray(field.type) ? field.type : [field.type];
    const logical = branches.find((branch) => branch.logicalType)?.logicalType;
    return `${comment(field.doc, logical)}readonly ${field.name}: ${typeText(field.type, records)};`;
  });
  const text = `${comment(avro.doc)}export interface ${avro.name} {\n${fields.join('\n')}\n}`;
  if (records.has(avro.name) && records.get(avro.name) !== text) {
    throw new Error(`${avro.name} is declared in two ways.`);
  }
  records.set(avro.name, text);
  return avro.name;
};

const isRecord = (avro) => avro.type === 'record';

const calls = { string: 'text', long: 'long', int: 'int', boolean: 'boolean', bytes: 'blob' };
const call = (avro) => calls[avro] ?? calls[avro.type];

/** `text` as `Text`, for `optionalText`. Our unions are null or one primitive. */
const optionalCall = ([none, some, ...more]) => {
  if (none !== 'null' || more.length > 0 || !call(some)) throw new Error('Not an optional field.');
  return `optional${call(some)[0].toUpperCase()}${call(some).slice(1)}`;
};

const readText = (avro) => {
  if (Array.isArray(avro)) return `c.${optionalCall(avro)}()`;
  if (isRecord(avro)) return `read${avro.name}(c)`;
  if (avro.type === 'array') return `c.list(${reader(avro.items)})`;
  if (avro.type === 'map') return `c.map(${reader(avro.values)})`;
  return `c.${call(avro)}()`;
};

const reader = (avro) => (isRecord(avro) ? `read${avro.name}` : `(c) => ${readText(avro)}`);

const writeText = (value, { type: avro, default: otherwise }) => {
  if (Array.isArray(avro)) return `s.${optionalCall(avro)}(${value})`;
  const given = otherwise === undefined ? value : `${value} ?? ${JSON.stringify(otherwise)}`;
  if (isRecord(avro)) return `write${avro.name}(s, ${given})`;
  if (avro.type === 'array') return `s.list(${given}, ${writer(avro.items)})`;
  if (avro.type === 'map') return `s.map(${given}, ${writer(avro.values)})`;
  return `s.${call(avro)}(${given})`;
};

const writer = (avro) =>
  isRecord(avro) ? `write${avro.name}` : `(s, v) => ${writeText('v', { type: avro })}`;

/** Every record of a schema, inner ones first. */
const recordsIn = (avro) => {
  if (Array.isArray(avro)) return avro.flatMap(recordsIn);
  if (isRecord(avro)) return [...avro.fields.flatMap((field) => recordsIn(field.type)), avro];
  return [avro.items, avro.values].filter(Boolean).flatMap(recordsIn);
};

const once = (texts) => [...new Set(texts)];

const readersFile = (all) => {
  const texts = newestOf(all).flatMap((version) =>
    recordsIn(version.schema).map((record) => {
      const fields = record.fields.map((field) => `${field.name}: ${readText(field.type)},`);
      return `const read${record.name} = (c: Cursor): ${record.name} => ({
        ${fields.join('\n')}\n});`;
    }),
  );
  const entries = newestOf(all).map((v) => `'${v.type}': read${v.schema.name},`);
  return `${long}${head}
    import type { Cursor } from '../cursor.js';
    import type { ${newestRecords(all).join(', ')} } from './types.js';
    ${once(texts).join('\n\n')}

    /** How the body of each type's newest version is read. */
    export const readers: Readonly<Record<string, (cursor: Cursor) => unknown>> = {
      ${entries.join('\n')}\n};`;
};

const newestRecords = (all) =>
  once(newestOf(all).flatMap((v) => recordsIn(v.schema).map((record) => record.name))).sort();

const writersFile = (all) => {
  const texts = newestOf(all).flatMap((version) =>
    recordsIn(version.schema).map((record) => {
      const fields = record.fields.map((field) => `${writeText(`v.${field.name}`, field)};`);
      return `const write${record.name} = (s: Sink, v: Draft<${record.name}>): void => {
        ${fields.join('\n')}\n};`;
    }),
  );
  const entries = newestOf(all).map((v) => `'${v.type}': write${v.schema.name},`);
  return `${long}${head}
    import type { Draft } from '../draft.js';
    import type { Sink } from '../sink.js';
    import type { MessageMap, ${newestRecords(all).join(', ')} } from './types.js';
    ${once(texts).join('\n\n')}

    /** How the body of each type's newest version is written. */
    export const writers: {
      readonly [T in keyof MessageMap]: (sink: Sink, value: Draft<MessageMap[T]>) => void;
    } = {\n${entries.join('\n')}\n};`;
};

const head = '// Generated from ../../schemas by ../../generate.mjs; do not edit.\n';
const long = '/* eslint-disable max-lines -- generated: one list of every message */\n';

const typesFile = (all) => {
  const records = new Map();
  const entries = newestOf(all).map(
    ({ type, schema }) => `readonly '${type}': ${recordName(schema, records)};`,
  );
  const map = `/** What each message type carries, newest version. */
    export interface MessageMap {\n${entries.join('\n')}\n}`;
  return [long + head, ...records.values(), map].join('\n');
};

const withoutDocs = (value) =>
  JSON.stringify(value, (key, inner) => (key === 'doc' ? undefined : inner));

const schemasFile = (all) => {
  const entries = all.map(
    ({ type, version, schema }) =>
      `{ type: '${type}', version: ${version}, schema: ${withoutDocs(schema)} },`,
  );
  return `${long}${head}
    import type { CommittedSchema } from '../schema.js';

    /** Every committed version, oldest first within its type. */
    export const committedSchemas: readonly CommittedSchema[] = [\n${entries.join('\n')}\n];`;
};

const all = committed();
const style = JSON.parse(readFileSync(new URL('../../.prettierrc.json', import.meta.url), 'utf8'));
const wanted = {
  'types.ts': typesFile(all),
  'schemas.ts': schemasFile(all),
  'readers.ts': readersFile(all),
  'writers.ts': writersFile(all),
};
mkdirSync(to, { recursive: true });
for (const [file, text] of Object.entries(wanted)) {
  const pretty = await format(text, { ...style, parser: 'typescript' });
  const target = new URL(file, to);
  if (!process.argv.includes('--check')) writeFileSync(target, pretty);
  else if (readFileSync(target, 'utf8') !== pretty) {
    console.error(`${file} is not what the schemas say: run node libs/messages/generate.mjs`);
    process.exitCode = 1;
  }
}
