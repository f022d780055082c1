/**
 * Reads the kept bytes of a refused event again, as the door did that they came through.
 *
 * Invariant   the rules and the mapping are those of now; never throws for what a sender wrote.
 * Rejections  those of the door; DIALECT_UNKNOWN where the centre's dialect is no more
 * Source      docs/adr/0013-one-admission-for-foreign-forms.md, 0050-refused-events-again.md
 */
import { Inject, Injectable } from '@nestjs/common';
import { Malformed } from '@suanpan/event-sourcing';
import { HttpProblem } from '@suanpan/platform-http';
import { admitEvent } from '@suanpan/usage';
import { unreadable } from '../events/item.js';
import type { Item } from '../events/item.js';
import { readLine } from '../events/read-line.js';
import { OWN_DOOR } from '../events/senders.js';
import type { Judge } from '../events/senders.js';
import { MappingDirectory } from '../mappings/mapping-directory.js';
import type { StoredMapping } from '../mappings/mapping-wire.js';
import { METER_DOOR, meterJudge } from '../openmeter/openmeter-door.js';
import { OTLP_DOOR, otlpItems, otlpJudge } from '../otlp/otlp-door.js';
import { LOGS, TRACES } from '../otlp/signals.js';
import { readKept, SUBMITTED_DOOR } from '../submitted/read-record.js';
import { aroundBody, bareItem } from '../usage-bodies/bare-body.js';
import type { AroundBody } from '../usage-bodies/bare-body.js';
import { DIALECT_DOOR, dialectJudge, findDialect } from '../usage-bodies/dialect-judge.js';
import { fromWireItem } from '../usage-bodies/envelopes.js';

/** What a record has kept, opened. */
export interface KeptRaw {
  readonly tenant: string;
  readonly centre: string;
  readonly door: string | null;
  readonly raw: Buffer;
  readonly around: Buffer | null;
}

export interface ReadAgain {
  readonly item: Item;
  readonly judge: Judge;
}

const INDEX = 0;

const refusedItem = (raw: Buffer, code: string, detail: string): Item => ({
  ...{ index: INDEX, raw, value: undefined, deep: false },
  unreadable: unreadable(code, detail),
});

/** A reader of whole bodies throws where a reader of items refuses. */
const itemOr = (raw: Buffer, read: () => Item): Item => {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed || error instanceof HttpProblem) {
      return refusedItem(raw, error.code, error.message);
    }
    throw error;
  }
};

type Kept = KeptRaw & { readonly mapping: StoredMapping | null };

/** How the bytes of a door are read; the rest of its name is the reader's. */
type Reader = (kept: Kept, rest: string) => ReadAgain;

const line = (raw: Buffer): Item => readLine({ number: INDEX, bytes: raw });

const body: Reader = ({ raw, around, mapping }, name) => {
  const dialect = findDialect(name, mapping);
  if (dialect === undefined) {
    const item = refusedItem(raw, 'DIALECT_UNKNOWN', `The dialect ${name} is known no more.`);
    return { item, judge: admitEvent };
  }
  if (around === null) {
    return { item: line(raw), judge: dialectJudge(dialect, mapping, fromWireItem) };
  }
  // We wrote it ourselves, beside the bytes (../usage-bodies/bare-body).
  const headers = JSON.parse(around.toString('utf8')) as AroundBody;
  const read = aroundBody(headers.attributes);
  const item = itemOr(raw, () => bareItem(raw, headers));
  return { item, judge: dialectJudge(dialect, mapping, read) };
};

/** One record, as ../otlp/one-record wrote it. */
const otlp: Reader = ({ raw, mapping }, signal) => {
  const shape = [TRACES, LOGS].find(({ name }) => name === signal) ?? TRACES;
  const nothing = (): Item => refusedItem(raw, 'INVALID_EVENT', 'The record tells of no call.');
  const item = itemOr(raw, () => {
    const items = otlpItems(raw, { shape, encoding: 'application/json' }, mapping);
    return items.count === 0 ? nothing() : items.at(0);
  });
  return { item, judge: otlpJudge(mapping) };
};

const READERS: readonly (readonly [prefix: string, reader: Reader])[] = [
  [OWN_DOOR, ({ raw }) => ({ item: line(raw), judge: admitEvent })],
  [SUBMITTED_DOOR, ({ raw }) => ({ item: readKept(raw, INDEX), judge: admitEvent })],
  [METER_DOOR, ({ raw, mapping }) => ({ item: line(raw), judge: meterJudge(mapping) })],
  [DIALECT_DOOR, body],
  [OTLP_DOOR, otlp],
];

@Injectable()
export class RawForms {
  constructor(@Inject(MappingDirectory) private readonly mappings: MappingDirectory) {}

  /** Null where nothing says how the bytes are read. */
  async read(kept: KeptRaw): Promise<ReadAgain | null> {
    const { door, tenant, centre } = kept;
    const [prefix, reader] = READERS.find(([start]) => door?.startsWith(start)) ?? [];
    if (door === null || prefix === undefined || reader === undefined) return null;
    const mapping = await this.mappings.of(tenant, centre);
    return reader({ ...kept, mapping }, door.slice(prefix.length));
  }
}
