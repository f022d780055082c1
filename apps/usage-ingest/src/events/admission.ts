/**
 * Judges items one after the other and keeps what follows: records for the log, results for the
 * sender.
 *
 * Invariant   one result for each item, in the order of the request; what is accepted has a record.
 * Source      design 3.1 and ruling R1
 */
import { encode, identityOf, usagePartition } from '@suanpan/messages';
import { isUnstorable } from '@suanpan/platform-http';
import type { LogRecord } from '@suanpan/platform-kafka';
import type { Admitted, Sender, UsageEvent } from '@suanpan/usage';
import { unreadable } from './item.js';
import type { DoorRefusal, Item } from './item.js';
import type { Judge, SenderOf } from './senders.js';

export interface EventResult {
  readonly index: number;
  readonly id: string | null;
  readonly status: 'accepted' | 'refused' | 'retry';
  readonly code?: string;
  readonly path?: string;
  readonly detail?: string;
}

interface Named {
  readonly id: string | null;
  readonly source: string | null;
}

/** What is kept of a refused item: not its parsed value, which is many times its bytes. */
export interface RefusedItem extends Named {
  readonly raw: Buffer;
  readonly around: Buffer | null;
  readonly refusal: DoorRefusal;
}

const ID_CHARACTERS_MAX = 256;

const textAt = (value: unknown, name: 'id' | 'source'): string | null => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const text: unknown = Reflect.get(value, name);
  if (typeof text !== 'string' || text.length > ID_CHARACTERS_MAX) return null;
  // Half a surrogate pair cannot even be written as UTF-8.
  return isUnstorable(text) ? null : text;
};

/** The item's own id and source, as far as they can be told. */
const namesOf = (item: Item): Named => {
  const named: unknown = item.names ?? item.value;
  return { id: textAt(named, 'id'), source: textAt(named, 'source') };
};

type Judged = Admitted | { readonly refused: DoorRefusal };

const judged = (item: Item, judge: Judge, sender: Sender): Judged => {
  if (item.unreadable !== null) return { refused: item.unreadable };
  const admitted = judge(item.value, sender);
  if (!item.deep || 'refused' in admitted) return admitted;
  return { refused: unreadable('NESTING_LIMIT', 'The event is nested too deep.') };
};

/** The identity of the call that the event speaks of: a correction has to meet its original (R3). */
const keyOf = ({ tenant, source, id, correctsSource, correctsId }: UsageEvent): Buffer =>
  identityOf(tenant, correctsSource ?? source, correctsId ?? id);

/** What a request, or a chunk of a stream, has come to. */
export class Admission {
  readonly records: LogRecord[] = [];
  readonly refused: RefusedItem[] = [];
  readonly results: EventResult[] = [];
  /** Of all items as they were sent. */
  bytes = 0;

  private readonly sender: Sender;
  private readonly judge: Judge;

  /** Judges as of now. */
  constructor({ sender, judge, origin }: Pick<SenderOf, 'judge' | 'origin' | 'sender'>) {
    this.sender = { ...sender(), credential: origin.credential };
    this.judge = judge;
  }

  get accepted(): number {
    return this.records.length;
  }

  /** The event that was accepted; null: it was refused. */
  take(item: Item): UsageEvent | null {
    this.bytes += item.raw.length;
    const outcome = judged(item, this.judge, this.sender);
    if ('refused' in outcome) {
      this.refuse(item, outcome.refused);
      return null;
    }
    this.accept(item.index, outcome.ok);
    return outcome.ok;
  }

  private accept(index: number, event: UsageEvent): void {
    const key = keyOf(event);
    const value = encode('usage.recorded', event);
    this.records.push({ key, value, partition: usagePartition(key) });
    this.results.push({ index, id: event.id, status: 'accepted' });
  }

  private refuse(item: Item, refusal: DoorRefusal): void {
    const { code, path, detail } = refusal;
    const names = namesOf(item);
    const around = item.around === undefined ? null : Buffer.from(JSON.stringify(item.around));
    // A copy: a part of the body would keep all of it until the broker has answered.
    this.refused.push({ ...names, raw: Buffer.from(item.raw), around, refusal });
    this.results.push({
      index: item.index,
      id: names.id,
      status: 'refused',
      code,
      path,
      detail,
    });
  }
}
