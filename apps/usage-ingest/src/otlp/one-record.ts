/**
 * One record as an OTLP request of its own: what is kept, sealed, of a record that was refused.
 *
 * Invariant   it can be sent again as it is, and is then judged alike: an attribute that stood twice
 *             stands twice. It holds what was read of the record and no more, so no prompt and no
 *             answer.
 */
import type { Attributes, AttributeValue, GenAiRecord } from '@suanpan/usage';
import { STATUS_ERROR } from './signals.js';
import type { SignalShape } from './signals.js';

const wireValue = (value: AttributeValue): object => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'bigint') return { intValue: value.toString() };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return {};
  return Number.isFinite(value) ? { doubleValue: value } : { stringValue: String(value) };
};

/** `repeated` stands twice: which of its values was meant is not known, now or later. */
const wireAttributes = (attributes: Attributes, repeated: string | null): readonly object[] => {
  const again = [...attributes].filter(([key]) => key === repeated);
  return [...attributes, ...again].map(([key, value]) => ({ key, value: wireValue(value) }));
};

/** The request's JSON. */
export const oneRecord = (record: GenAiRecord, { json }: SignalShape): Buffer => {
  const node = {
    traceId: record.traceId,
    spanId: record.spanId,
    ...(json.start !== null && { [json.start]: record.startNanos.toString() }),
    [json.end]: record.endNanos.toString(),
    attributes: wireAttributes(record.attributes, record.repeated),
    ...(record.failed && { status: { code: STATUS_ERROR } }),
  };
  const resource = { attributes: wireAttributes(record.resource, record.repeated) };
  const request = {
    [json.resources]: [{ resource, [json.scopes]: [{ [json.records]: [node] }] }],
  };
  return Buffer.from(JSON.stringify(request), 'utf8');
};
