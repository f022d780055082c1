/**
 * The settings of a meter, and what they are when nothing is said.
 *
 * Units       milliseconds, bytes, events
 * Rejections  INVALID_OPTION
 */
import { SuanpanError } from './errors.js';
import type { Retry } from './sender.js';
import { EVENT_BYTES_MAX } from './usage-record.js';
import type { Defaults, Identity } from './usage-record.js';
import type { Refusal } from './verdict.js';

export interface RefusedEvent extends Identity, Refusal {
  /** The event as it was sent. */
  readonly event: unknown;
  /** Where it is kept. */
  readonly file: string;
}

export interface MeterOptions {
  /** The address of usage-ingest, such as `https://usage.example.com`. */
  readonly url: string;
  /** The centre's key, `sp_…`. */
  readonly apiKey: string;
  /** The folder of the journal; one process at a time has it. */
  readonly journal?: string;
  /** The source of events that do not name their own. */
  readonly source?: string;
  /** What all events have in common. */
  readonly defaults?: Defaults;
  readonly batch?: {
    readonly events?: number;
    readonly bytes?: number;
    readonly lingerMs?: number;
  };
  /** What may be recorded and not be acknowledged; beyond it `record()` waits. */
  readonly buffer?: { readonly events?: number; readonly bytes?: number };
  readonly retry?: { readonly baseMs?: number; readonly maxMs?: number };
  /** Of one request. */
  readonly timeoutMs?: number;
  readonly inFlightMax?: number;
  /** How long `close()` goes on sending; what is left waits in the journal. */
  readonly closeMs?: number;
  /** How long to wait for the journal of a process that still ends. */
  readonly lockMs?: number;
  /** From this size on a journal is written anew with what is left. */
  readonly compactBytes?: number;
  /** Signals before which to flush, such as `['SIGTERM', 'SIGINT']`. None when not given. */
  readonly signals?: readonly NodeJS.Signals[];
  /** An event was refused: sending it again would change nothing. */
  readonly onRefused?: (refused: RefusedEvent) => void;
  /** Sending has stopped until a person acts, or something could not be kept. */
  readonly onError?: (error: Error) => void;
  /** A try failed and will be repeated. */
  readonly onRetry?: (retry: Retry) => void;
}

const whole = (
  name: string,
  value: number | undefined,
  { usual, min = 1 }: { readonly usual: number; readonly min?: number },
): number => {
  if (value === undefined) return usual;
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new SuanpanError('INVALID_OPTION', `${name} is a whole number from ${min}, not ${value}.`);
};

const addressOf = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const detail = `url is the http(s) address of usage-ingest, not ${JSON.stringify(text)}.`;
    throw new SuanpanError('INVALID_OPTION', detail);
  }
  let address = `${url.origin}${url.pathname}`;
  while (address.endsWith('/')) address = address.slice(0, -1);
  return address;
};

export const requireKey = (apiKey: unknown): string => {
  if (typeof apiKey === 'string' && /^[\x21-\x7e]{1,200}$/.test(apiKey)) return apiKey;
  const how = 'Ask the operator for a key (sp_…) and give it to openMeter({ apiKey }).';
  throw new SuanpanError('INVALID_OPTION', `apiKey is missing or is no key. ${how}`);
};

const BATCH_EVENTS_MAX = 10_000;
const BATCH_BYTES_MAX = 16_000_000;

/** The settings with everything said. */
export const settingsOf = (options: MeterOptions) => {
  const { batch = {}, buffer = {}, retry = {} } = options;
  return {
    url: addressOf(options.url),
    apiKey: requireKey(options.apiKey),
    folder: options.journal ?? 'suanpan-journal',
    source: options.source,
    defaults: options.defaults ?? {},
    batch: {
      events: Math.min(whole('batch.events', batch.events, { usual: 500 }), BATCH_EVENTS_MAX),
      bytes: Math.min(
        whole('batch.bytes', batch.bytes, { usual: EVENT_BYTES_MAX }),
        BATCH_BYTES_MAX,
      ),
      lingerMs: whole('batch.lingerMs', batch.lingerMs, { usual: 200, min: 0 }),
    },
    buffer: {
      events: whole('buffer.events', buffer.events, { usual: 10_000 }),
      bytes: whole('buffer.bytes', buffer.bytes, { usual: 16 * EVENT_BYTES_MAX }),
    },
    times: {
      baseMs: whole('retry.baseMs', retry.baseMs, { usual: 200 }),
      maxMs: whole('retry.maxMs', retry.maxMs, { usual: 30_000 }),
    },
    timeoutMs: whole('timeoutMs', options.timeoutMs, { usual: 30_000 }),
    inFlightMax: whole('inFlightMax', options.inFlightMax, { usual: 4 }),
    closeMs: whole('closeMs', options.closeMs, { usual: 10_000, min: 0 }),
    lockMs: whole('lockMs', options.lockMs, { usual: 15_000, min: 0 }),
    compactBytes: whole('compactBytes', options.compactBytes, { usual: 16 * EVENT_BYTES_MAX }),
    signals: options.signals ?? [],
  };
};

export type Settings = ReturnType<typeof settingsOf>;
