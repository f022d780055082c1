/**
 * The records that wait for a place in a produce request, in order of arrival.
 *
 * Shape       a send is cut into parts, each small enough for one request; a request takes whole
 *             parts of several sends.
 * Units       bytes of key, value and headers, with an allowance for the record's frame
 * Invariant   a send is answered once: when all its parts are in the log, or when one failed.
 */
import { Unavailable } from '@suanpan/event-sourcing';

export interface LogRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  /** Chosen by the key when not given. */
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One call of `send`: its parts leave in one or more requests. */
export class Sending {
  readonly done: Promise<void>;
  failed = false;
  parts = 0;
  private resolve!: () => void;
  private reject!: (error: unknown) => void;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  written(): void {
    this.parts -= 1;
    if (this.parts === 0 && !this.failed) this.resolve();
  }

  fail(error: unknown): void {
    this.failed = true;
    this.reject(error);
  }
}

/** Records of one send that leave in the same request. */
export interface Part {
  readonly topic: string;
  readonly records: readonly LogRecord[];
  readonly bytes: number;
  readonly sending: Sending;
}

const FRAME_BYTES = 80;

const bytesOf = ({ key, value, headers }: LogRecord): number => {
  let bytes = key.length + value.length + FRAME_BYTES;
  if (headers === undefined) return bytes;
  for (const name in headers) bytes += 2 * (name.length + (headers[name]?.length ?? 0));
  return bytes;
};

interface Cut {
  readonly records: readonly LogRecord[];
  readonly bytes: number;
}

/** The records in runs of at most `bytesMax`, each of at least one record. */
const cut = (records: readonly LogRecord[], bytesMax: number): readonly Cut[] => {
  const cuts: Cut[] = [];
  let from = 0;
  let bytes = 0;
  records.forEach((record, index) => {
    const size = bytesOf(record);
    if (bytes > 0 && bytes + size > bytesMax) {
      cuts.push({ records: records.slice(from, index), bytes });
      from = index;
      bytes = 0;
    }
    bytes += size;
  });
  cuts.push({ records: from === 0 ? records : records.slice(from), bytes });
  return cuts;
};

export interface QueueLimits {
  /** What may wait in all. */
  readonly waitingBytesMax: number;
  /** What one request may hold. */
  readonly requestBytes: number;
}

export class SendQueue {
  bytes = 0;
  private parts: Part[] = [];

  constructor(private readonly limits: QueueLimits) {}

  get empty(): boolean {
    return this.parts.length === 0;
  }

  /** Adds all records, or none when they would pass the bound. */
  add(topic: string, records: readonly LogRecord[]): Sending {
    const cuts = cut(records, this.limits.requestBytes);
    const total = cuts.reduce((sum, { bytes }) => sum + bytes, 0);
    // A send larger than the bound may pass alone, so that a limit never makes it unsendable.
    if (this.bytes > 0 && this.bytes + total > this.limits.waitingBytesMax) {
      throw new Unavailable('KAFKA_UNAVAILABLE', `${this.bytes} bytes already wait for the log.`);
    }
    const sending = new Sending();
    sending.parts = cuts.length;
    for (const one of cuts) this.parts.push({ ...one, topic, sending });
    this.bytes += total;
    return sending;
  }

  /** Forgets what still waits of a send that has failed. */
  forget(sending: Sending): void {
    this.parts = this.parts.filter((part) => {
      if (part.sending !== sending) return true;
      this.bytes -= part.bytes;
      return false;
    });
  }

  /** Takes parts for one request, at least one; those of a failed send are dropped. */
  take(): readonly Part[] {
    const taken: Part[] = [];
    let bytes = 0;
    let count = 0;
    for (const part of this.parts) {
      if (bytes > 0 && bytes + part.bytes > this.limits.requestBytes) break;
      count += 1;
      this.bytes -= part.bytes;
      if (part.sending.failed) continue;
      taken.push(part);
      bytes += part.bytes;
    }
    this.parts = this.parts.slice(count);
    return taken;
  }
}
