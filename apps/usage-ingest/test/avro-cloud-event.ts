/** Writes CloudEvents in Avro as a centre would: with avsc and the published schema. */
import { readFileSync } from 'node:fs';
import avro from 'avsc';

const schema = readFileSync(
  new URL('../../../test/fixtures/cloudevents/cloudevents.avsc', import.meta.url),
  'utf8',
);
const type = avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { wrapUnions: true });

/** The event with its data as JSON in bytes. */
export const avroCloudEvent = (
  attributes: Readonly<Record<string, string>>,
  data: unknown,
): Buffer =>
  type.toBuffer({
    attribute: Object.fromEntries(
      Object.entries(attributes).map(([name, text]) => [name, { string: text }]),
    ),
    data: { bytes: Buffer.from(JSON.stringify(data)) },
  });
