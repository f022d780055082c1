/**
 * What a body is read as: by its media type, and for binary mode by its `ce-` headers.
 *
 * Source      CloudEvents 1.0.2, HTTP binding section 3; Avro event format section 4
 */
import { mediaTypeOf, requireUtf8, unsupportedMediaType } from '@suanpan/platform-http';
import type { Request } from 'express';
import { avroFileItems, avroFileSizeMax, avroItem } from './avro-items.js';
import { binaryItem, isBinaryMode } from './binary-mode.js';
import type { Item } from './item.js';
import { BATCH_BYTES_MAX, EVENT_BYTES_MAX } from './limits.js';
import { eventForm } from './read-items.js';
import type { BodyForm, Items } from './read-items.js';

/** One item, whatever it is made of. */
export const oneItem = (item: Item): Items => ({ count: 1, at: () => item });

/** JSON bodies, by media type. */
export const JSON_FORMS: ReadonlyMap<string, BodyForm> = new Map([
  ['application/json', eventForm('either')],
  ['application/cloudevents+json', eventForm('one')],
  ['application/cloudevents-batch+json', eventForm('many')],
]);

const AVRO_FORMS: ReadonlyMap<string, BodyForm> = new Map([
  [
    'application/cloudevents+avro',
    { bytesMax: EVENT_BYTES_MAX, items: (body: Buffer) => oneItem(avroItem(body)) },
  ],
  [
    'application/avro',
    { bytesMax: BATCH_BYTES_MAX, items: avroFileItems, sizeMax: avroFileSizeMax },
  ],
]);

const LINES: readonly string[] = ['application/x-ndjson', 'application/ndjson'];
export const EVENT_MEDIA_TYPES = [...JSON_FORMS.keys(), ...AVRO_FORMS.keys(), ...LINES];

const binary = (request: Request): BodyForm => ({
  bytesMax: EVENT_BYTES_MAX,
  items: (body) => oneItem(binaryItem(request.rawHeaders, body)),
});

/** How this request's body is read; `lines` is a stream. */
export const formOf = (request: Request): BodyForm | 'lines' => {
  const media = mediaTypeOf(request);
  const { type } = media;
  const isBinary = !type.startsWith('application/cloudevents') && isBinaryMode(request.rawHeaders);
  if (isBinary && type !== 'application/json') throw unsupportedMediaType(['application/json']);
  const form = isBinary ? binary(request) : (JSON_FORMS.get(type) ?? AVRO_FORMS.get(type));
  if (form === undefined && !LINES.includes(type)) throw unsupportedMediaType(EVENT_MEDIA_TYPES);
  requireUtf8(media);
  return form ?? 'lines';
};
