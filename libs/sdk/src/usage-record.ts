/**
 * What a caller records about one model call, and the CloudEvent that is made of it.
 *
 * Units       counts are whole numbers: a safe integer, a bigint, or a string of digits.
 * Invariant   an event is written as text once; every attempt sends these bytes, under this id.
 * Rejections  INVALID_EVENT, EVENT_TOO_LARGE. What an event may say is decided by the service.
 * Source      CloudEvents 1.0.2; docs/how-to-centre.md
 */
import { v7 as uuidv7 } from 'uuid';
import { SuanpanError } from './errors.js';

export type Count = number | bigint | string;

export const tokenKinds = [
  'input',
  'cached_input',
  'cache_write',
  'output',
  'reasoning',
  'audio_input',
  'audio_output',
  'image_input',
] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** Disjoint counts: `input` is what was not cached, `output` what was visible. */
export type Tokens = Readonly<Partial<Record<TokenKind, Count>>>;

/** Overlapping counts as a provider of the OpenAI style reports them. */
export interface ProviderUsage {
  readonly prompt_tokens: Count;
  readonly completion_tokens: Count;
  readonly total_tokens?: Count;
  readonly prompt_tokens_details?: Readonly<Record<string, Count>>;
  readonly completion_tokens_details?: Readonly<Record<string, Count>>;
}

export type Outcome = 'complete' | 'cut' | 'failed';

/** Who and what a call was for. `contract`, `buyer` and `centre` may be given once as defaults. */
export interface CallContext {
  /** Given once and for ever; a UUIDv7 is made when there is none. */
  readonly id?: string;
  readonly source?: string;
  /** When the call was served; now, when not given. */
  readonly time?: Date | string;
  readonly contract?: string;
  readonly buyer?: string;
  readonly centre?: string;
  readonly modelServed?: string;
  readonly upstream?: string;
  readonly authorization?: string;
  readonly lot?: string;
  readonly dispatch?: string;
  readonly dataOrigin?: string;
  readonly endUserCountry?: string;
  readonly facility?: string;
  readonly pool?: string;
  readonly returnCountry?: string;
  readonly purpose?: string;
  readonly latencyMs?: Count;
  readonly credential?: string;
  readonly session?: string;
  readonly reservation?: string;
  readonly admission?: string;
  readonly serviceTier?: string;
  readonly audioMs?: Count;
  readonly images?: Count;
  readonly requests?: Count;
  readonly routeType?: string;
  readonly route?: string;
  readonly controlRegion?: string;
  readonly inferenceRegion?: string;
  readonly useCase?: string;
  readonly industry?: string;
  readonly device?: string;
  readonly host?: string;
  readonly upstreamRequestId?: string;
  readonly endUser?: string;
  readonly dataClass?: string;
  readonly datasetTag?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface UsageRecord extends CallContext {
  readonly model: string;
  /** Exactly one of `tokens` and `usage`. */
  readonly tokens?: Tokens;
  readonly usage?: ProviderUsage;
  readonly kindsIncomplete?: boolean;
  readonly outcome?: Outcome;
  readonly finality?: 'provisional' | 'final';
  /** The call that this record takes the place of; it says the whole call again. */
  readonly correctsId?: string;
  /** Its source, where it is another one. */
  readonly correctsSource?: string;
  /** From 1; the highest one of a call counts. */
  readonly revision?: Count;
}

/** Takes a call back. */
export interface VoidRecord extends Pick<CallContext, 'id' | 'source' | 'time' | 'metadata'> {
  readonly centre?: string;
  readonly correctsId: string;
  readonly correctsSource?: string;
  readonly revision: Count;
}

/** The identity under which an event is counted once. */
export interface Identity {
  readonly source: string;
  readonly id: string;
}

export type Defaults = Pick<CallContext, 'contract' | 'buyer' | 'centre' | 'facility' | 'host'>;

/** An event as it is kept and sent. */
export interface WrittenEvent extends Identity {
  readonly text: string;
  readonly bytes: number;
}

export const EVENT_BYTES_MAX = 1_048_576;

/** JSON drops or blurs some values without a word; they would be tokens that nobody pays. */
const exactly = (key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new SuanpanError('INVALID_EVENT', `${key} is ${value}, which is no count.`);
  }
  return value;
};

const timeOf = (time: Date | string | undefined): string => {
  if (typeof time === 'string') return time;
  const at = time ?? new Date();
  if (Number.isNaN(at.getTime())) throw new SuanpanError('INVALID_EVENT', 'time is no date.');
  return at.toISOString();
};

const EVENT_TYPE = 'suanpan.usage.v1';
const CORRECT_TYPE = 'suanpan.usage.correct.v1';
const VOID_TYPE = 'suanpan.usage.void.v1';

interface Given {
  readonly source: string | undefined;
  readonly defaults: Defaults;
}

/** Writes the record as the text of its CloudEvent. */
export const writeEvent = (record: UsageRecord, given: Given): WrittenEvent =>
  write(record.correctsId === undefined ? EVENT_TYPE : CORRECT_TYPE, record, given);

/** The same for a void, which says nothing of the call but its name. */
export const writeVoid = (record: VoidRecord, { source, defaults }: Given): WrittenEvent => {
  const { centre } = defaults;
  return write(VOID_TYPE, record, { source, defaults: centre === undefined ? {} : { centre } });
};

const write = (type: string, record: UsageRecord | VoidRecord, given: Given): WrittenEvent => {
  const { id = uuidv7(), source = given.source, time, ...said } = record;
  if (source === undefined || source === '') {
    const how = 'Give it to openMeter({ source }) or with the record.';
    throw new SuanpanError('INVALID_EVENT', `The event has no source. ${how}`);
  }
  const data = { ...given.defaults, ...said };
  const event = { specversion: '1.0', type, source, id, time: timeOf(time), data };
  const text = JSON.stringify(event, exactly);
  const bytes = Buffer.byteLength(text);
  if (bytes > EVENT_BYTES_MAX) {
    const limit = `An event has at most ${EVENT_BYTES_MAX} bytes`;
    throw new SuanpanError('EVENT_TOO_LARGE', `${limit}; this one has ${bytes}.`);
  }
  return { source, id, text, bytes };
};
