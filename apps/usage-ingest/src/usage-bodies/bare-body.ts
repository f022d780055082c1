/**
 * A provider's body as it came, whose envelope stands in the headers around it.
 *
 * Shape       the headers go with the item, so that a body that is refused can be judged again.
 * Rejections  throws for what is no JSON, no UTF-8, or is nested too deep
 * Source      CloudEvents 1.0.2, HTTP protocol binding 3.1; docs/adr/0050-refused-events-again.md
 */
import { decodeUtf8 } from '@suanpan/platform-http';
import type { Item } from '../events/item.js';
import { readWhole } from '../events/read-items.js';
import type { ReadEnvelope } from './dialect-judge.js';
import type { Attributes } from './envelopes.js';
import { headerPaths } from './envelopes.js';

/** What is kept of the headers. */
export interface AroundBody {
  readonly attributes: Attributes;
  /** The body is a recorded stream; else JSON. */
  readonly isStream: boolean;
}

/** The item that the whole body is. */
export const bareItem = (bytes: Buffer, around: AroundBody): Item => {
  const stream = { index: 0, raw: bytes, unreadable: null, deep: false };
  const item = around.isStream ? { ...stream, value: decodeUtf8(bytes) } : readWhole(bytes);
  return { ...item, names: around.attributes, around };
};

/** Puts the attributes around a body. */
export const aroundBody =
  (attributes: Attributes): ReadEnvelope =>
  (body) => ({ envelope: { ...attributes, body, bodyPath: '$', paths: headerPaths } });
