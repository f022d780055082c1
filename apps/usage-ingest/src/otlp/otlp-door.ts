/**
 * One export request: what it tells of calls is judged and recorded, the rest is passed over.
 *
 * Invariant   the answer comes after the broker's acknowledgement. A record without usage is never
 *             an error to the exporter; a record that is refused is listed and never sent again by
 *             it, since the whole request is answered with 200.
 * Rejections  those of ./read-protobuf and ./read-json for the request, 413 BATCH_TOO_LARGE; those of
 *             libs/usage for a record
 * Source      OTLP 1.x, "Partial Success"; docs/adr/0015-genai-spans.md; ruling R22
 */
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { HttpProblem } from '@suanpan/platform-http';
import { admitForeign, genAiAttributes, readGenAi, subjectAttributes } from '@suanpan/usage';
import type { DoorMapping, GenAiReading, GenAiRecord } from '@suanpan/usage';
import type { Request } from 'express';
import type { Admission } from '../events/admission.js';
import { BatchDoor } from '../events/batch-door.js';
import type { Items } from '../events/read-items.js';
import { ignoredRecords } from '../events/ingest-metrics.js';
import type { Item } from '../events/item.js';
import { BATCH_BYTES_MAX, BATCH_EVENTS_MAX } from '../events/limits.js';
import type { Judge, SenderOf } from '../events/senders.js';
import { MappingDirectory } from '../mappings/mapping-directory.js';
import { oneRecord } from './one-record.js';
import type { Encoding, Outcome } from './otlp-answers.js';
import { readJson } from './read-json.js';
import { readProtobuf } from './read-protobuf.js';
import type { SignalShape } from './signals.js';

type Metered = Exclude<GenAiReading, { readonly ignored: unknown }>;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The records that tell of a call, as items. */
class Calls {
  readonly items: Item[] = [];

  constructor(
    private readonly shape: SignalShape,
    private readonly subjects: readonly string[],
  ) {}

  take(record: GenAiRecord): void {
    const reading = readGenAi(record, { subjects: this.subjects, digest });
    if ('ignored' in reading) {
      ignoredRecords.inc({ signal: this.shape.name, reason: reading.ignored });
      return;
    }
    if (this.items.length >= BATCH_EVENTS_MAX) {
      const detail = `A request tells of at most ${BATCH_EVENTS_MAX} calls.`;
      throw new HttpProblem(413, 'BATCH_TOO_LARGE', detail);
    }
    this.items.push(itemOf(this.items.length, { record, reading, shape: this.shape }));
  }
}

interface Source {
  readonly record: GenAiRecord;
  readonly reading: Metered;
  readonly shape: SignalShape;
}

/** The bytes of a record are made only of one that is refused. */
const itemOf = (index: number, { record, reading, shape }: Source): Item => {
  const { traceId, spanId } = record;
  const named = traceId === '' || spanId === '' ? null : `${traceId}-${spanId}`;
  const names = {
    id: 'call' in reading ? (reading.call.id ?? reading.call.responseId) : named,
    source: 'call' in reading ? reading.call.source : null,
  };
  return {
    ...{ index, names, value: reading, unreadable: null, deep: false },
    get raw() {
      return oneRecord(record, shape);
    },
  };
};

/** What stands before the signal's name in the name of its door. */
export const OTLP_DOOR = 'otlp/';

export interface OtlpForm {
  readonly shape: SignalShape;
  readonly encoding: Encoding;
}

/** The calls that a request tells of. */
export const otlpItems = (
  body: Buffer,
  { shape, encoding }: OtlpForm,
  mapping: DoorMapping | null,
): Items => {
  const subjects = mapping?.subjectAttributes ?? subjectAttributes;
  const wanted = new Set([...genAiAttributes, ...subjects]);
  const calls = new Calls(shape, subjects);
  const readBody = encoding === 'application/json' ? readJson : readProtobuf;
  readBody(body, { shape, wanted }, (record) => calls.take(record));
  return { count: calls.items.length, at: (index) => calls.items[index] as Item };
};

export const otlpJudge =
  (mapping: DoorMapping | null): Judge =>
  (value, sender) => {
    const reading = value as Metered;
    return 'refused' in reading ? reading : admitForeign(reading.call, mapping, sender);
  };

@Injectable()
export class OtlpDoor {
  constructor(
    @Inject(BatchDoor) private readonly batches: BatchDoor,
    @Inject(MappingDirectory) private readonly mappings: MappingDirectory,
  ) {}

  async accept(request: Request, from: SenderOf, otlp: OtlpForm): Promise<Outcome> {
    const { tenant, centre } = from.origin;
    const mapping = await this.mappings.of(tenant, centre);
    const items = (body: Buffer): Items => otlpItems(body, otlp, mapping);
    const admission = await this.batches.admit(
      request,
      { bytesMax: BATCH_BYTES_MAX, items },
      { ...from, judge: otlpJudge(mapping) },
    );
    return outcomeOf(admission, otlp.shape);
  }
}

const SHOWN_MAX = 5;

const outcomeOf = ({ refused, results }: Admission, shape: SignalShape): Outcome => {
  const said = results
    .filter(({ status }) => status === 'refused')
    .slice(0, SHOWN_MAX)
    .map(({ id, code, path, detail }) => `${id ?? 'no id'}: ${code} at ${path}: ${detail}`);
  const more = refused.length > SHOWN_MAX ? ['and more; see GET /v1/refused'] : [];
  const message = [`${refused.length} of ${results.length} ${shape.record}s with usage refused.`];
  return { refused: refused.length, message: [...message, ...said, ...more].join(' ') };
};
