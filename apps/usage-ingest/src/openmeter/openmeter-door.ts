/**
 * One request in OpenMeter's protocol: events of our own type as they are, others as foreign calls.
 *
 * Invariant   what the answer says of the whole request is true of every event: only when all were
 *             accepted it is 204. Those that were accepted beside a refused one are recorded, and
 *             sending all of them again is harmless.
 * Rejections  EVENTS_REFUSED 422, with one entry for each refused event; those of the batch door
 * Source      docs/adr/0016-openmeter-door.md; ruling R22
 */
import { Inject, Injectable } from '@nestjs/common';
import { HttpProblem } from '@suanpan/platform-http';
import { admitEvent, admitForeign, meterCall } from '@suanpan/usage';
import type { DoorMapping } from '@suanpan/usage';
import type { Request } from 'express';
import type { Admission } from '../events/admission.js';
import { BatchDoor } from '../events/batch-door.js';
import type { BodyForm, Hold } from '../events/read-items.js';
import type { Judge, SenderOf } from '../events/senders.js';
import { MappingDirectory } from '../mappings/mapping-directory.js';

const ERRORS_MAX = 100;

const OUR_TYPES = 'suanpan.';

const isOurs = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const type: unknown = Reflect.get(value, 'type');
  return typeof type === 'string' && type.startsWith(OUR_TYPES);
};

/** The door's name in what it has refused. */
export const METER_DOOR = 'openmeter';

export const meterJudge =
  (mapping: DoorMapping | null): Judge =>
  (value, sender) => {
    if (isOurs(value)) return admitEvent(value, sender);
    const read = meterCall(value);
    return 'refused' in read ? read : admitForeign(read.call, mapping, sender);
  };

/** `isBatch`: the root of the body was an array. */
const refusedOf = ({ accepted, refused, results }: Admission, isBatch: boolean): HttpProblem => {
  const errors = results
    .filter(({ status }) => status === 'refused')
    .slice(0, ERRORS_MAX)
    .map(({ index, code = '', path = '$', detail = '' }) => ({
      path: isBatch ? `$[${index}]${path.slice(1)}` : path,
      code,
      detail,
    }));
  const [first] = errors;
  const detail =
    `${refused.length} of ${results.length} events refused, ${accepted} recorded; ` +
    `the first: ${first?.code} at ${first?.path}: ${first?.detail}`;
  return new HttpProblem(422, 'EVENTS_REFUSED', { detail, errors });
};

@Injectable()
export class OpenMeterDoor {
  constructor(
    @Inject(BatchDoor) private readonly batches: BatchDoor,
    @Inject(MappingDirectory) private readonly mappings: MappingDirectory,
  ) {}

  /** Returns when all events are recorded; throws when one was refused. */
  async accept(request: Request, form: BodyForm, from: SenderOf): Promise<void> {
    const { tenant, centre } = from.origin;
    const mapping = await this.mappings.of(tenant, centre);
    const root = { isArray: false };
    const items = (body: Buffer, hold?: Hold) => {
      root.isArray = isArrayText(body);
      return form.items(body, hold);
    };
    const judged = { ...from, judge: meterJudge(mapping) };
    const admission = await this.batches.admit(request, { ...form, items }, judged);
    if (admission.refused.length > 0) throw refusedOf(admission, root.isArray);
  }
}

const OPEN_BRACKET = 0x5b;
const SPACE = 0x20;

/** The first byte that is no space; a byte order mark is not looked for: no client writes one. */
const isArrayText = (body: Buffer): boolean => body.find((byte) => byte > SPACE) === OPEN_BRACKET;
