/**
 * What the door decides about one parsed event: accepted as a normalised fact, or refused and why.
 *
 * Owns        every rule that needs nothing but the event, its credential and the clock. Duplicates,
 *             conflicts and prices are pricing's (R1).
 * Units       time in microseconds since the epoch
 * Invariant   nothing is guessed: an event is taken as it is said or it is refused with a code.
 * Rejections  those of ./refusals
 * Source      CloudEvents 1.0.2; reliability.md B18, B19, B29–B51; requirements.md N7; R20, R24
 */
import { parseInstant, type Instant } from '@suanpan/calendar';
import { Malformed } from '@suanpan/event-sourcing';
import { checkContentType, readExtensions, readMetadata } from './attributes.js';
import { Fields, isJsonObject, type JsonObject } from './fields.js';
import { CORRECTION_TYPES, readCorrection, type Correction } from './read-correction.js';
import { readKinds, type KindsRead } from './read-kinds.js';
import { Findings, shown, type Refusal } from './refusals.js';
import { textProblem } from './text.js';
import type { UsageEvent } from './usage-event.js';

export const USAGE_EVENT_TYPE = 'suanpan.usage.v1';
/** How far a sender's clock may be ahead of ours. */
export const SKEW_MICROS = 120_000_000n;
/** Extension attributes in which a sender may say its tenant. */
const TENANT_ATTRIBUTES = ['tenant', 'tenantid'] as const;

/** What the door knows about the sender and the moment. */
export interface Sender {
  readonly tenant: string;
  /** The sources that the credential may use; null: any. */
  readonly sources: readonly string[] | null;
  /** The credential's centre; null: an operator, who may speak for each. */
  readonly centre: string | null;
  /** Whether the tenant has such a centre and it is not suspended. */
  readonly isActive: (centre: string) => boolean;
  readonly now: Instant;
  /** How late an event may come, in microseconds, where its contract says nothing else. */
  readonly lateLimit: bigint;
  /** The contracts with a late limit of their own, in microseconds. */
  readonly lateLimits?: ReadonlyMap<string, bigint>;
  /** May send what is older than the late limit. */
  readonly mayBackfill?: boolean;
  /** The contracts that the credential may name; null or absent: any. */
  readonly contracts?: readonly string[] | null;
  /** By which the event is stamped: what was shown, or the topic's user. */
  readonly credential?: string;
}

export type Admitted = { readonly ok: UsageEvent } | { readonly refused: Refusal };

/** The fields that `data` of our own event may have. */
export const dataFields: ReadonlySet<string> = new Set(
  `contract buyer centre model modelServed tokens usage kindsIncomplete upstream authorization lot
   dispatch dataOrigin endUserCountry facility pool returnCountry purpose latencyMs credential session
   reservation admission serviceTier audioMs images requests outcome finality correctsSource correctsId
   revision routeType route controlRegion inferenceRegion useCase industry device host
   upstreamRequestId endUser dataClass datasetTag metadata`.split(/\s+/),
);

/** What a void may say: which call, and why in its metadata. */
const voidFields = new Set(['centre', 'correctsSource', 'correctsId', 'revision', 'metadata']);

/** Admits one parsed event of our own types, or says why not. */
export const admitEvent = (event: unknown, sender: Sender): Admitted => {
  const findings = new Findings();
  if (!isJsonObject(event)) {
    return {
      refused: { code: 'INVALID_EVENT', path: '$', detail: `${shown(event)} is no event.` },
    };
  }
  checkEnvelope(event, sender, findings);
  const time = readTime(event, sender, findings);
  const context = { sender, time, findings, action: CORRECTION_TYPES.get(event['type']) ?? null };
  const admitted = readData(event, context);
  return findings.first === null ? { ok: admitted } : { refused: findings.first };
};

const checkEnvelope = (event: JsonObject, sender: Sender, findings: Findings): void => {
  const { specversion, type, source, id } = event;
  if (specversion !== '1.0') {
    findings.refuse(
      'UNSUPPORTED_SPECVERSION',
      '$.specversion',
      `${shown(specversion)} is not 1.0.`,
    );
  }
  if (type !== USAGE_EVENT_TYPE && !CORRECTION_TYPES.has(type)) {
    const known = [USAGE_EVENT_TYPE, ...CORRECTION_TYPES.keys()].join(', ');
    findings.refuse('INVALID_TYPE', '$.type', `${shown(type)} is none of ${known}.`);
  }
  const sourceProblem = textProblem(source, 'INVALID_SOURCE');
  if (sourceProblem !== null) {
    findings.refuse(sourceProblem.code, '$.source', sourceProblem.detail);
  } else if (sender.sources !== null && !sender.sources.includes(source as string)) {
    findings.refuse('SOURCE_NOT_ALLOWED', '$.source', `${shown(source)} is not this credential's.`);
  }
  const idProblem = textProblem(id, 'INVALID_EVENT_ID');
  if (idProblem !== null) findings.refuse(idProblem.code, '$.id', idProblem.detail);
  checkTenant(event, sender, findings);
  checkContentType(event['datacontenttype'], findings);
};

/** The credential says whose the event is (S03); an attribute that says otherwise is no detail. */
const checkTenant = (event: JsonObject, sender: Sender, findings: Findings): void => {
  for (const name of TENANT_ATTRIBUTES) {
    const claimed = event[name];
    if (claimed === undefined || claimed === null || claimed === sender.tenant) continue;
    findings.refuse(
      'TENANT_MISMATCH',
      `$.${name}`,
      `${shown(claimed)} is not this credential's tenant.`,
    );
  }
};

/** The limit of the contract that the event names; what it names is judged in its own place. */
const lateLimitOf = (event: JsonObject, sender: Sender): bigint => {
  const { data } = event;
  const contract = isJsonObject(data) ? data['contract'] : undefined;
  const own = typeof contract === 'string' ? sender.lateLimits?.get(contract) : undefined;
  return own ?? sender.lateLimit;
};

const isTooOld = (time: Instant, event: JsonObject, sender: Sender): boolean =>
  sender.mayBackfill !== true && time < sender.now - lateLimitOf(event, sender);

const readTime = (event: JsonObject, sender: Sender, findings: Findings): Instant => {
  const { time: value } = event;
  const time = instantOf(value);
  if (time === null) {
    const wanted = 'an RFC 3339 time with a zone, to the microsecond';
    findings.refuse('INVALID_TIME', '$.time', `${shown(value)} is not ${wanted}.`);
    return 0n;
  }
  if (time > sender.now + SKEW_MICROS) {
    findings.refuse('FUTURE_EVENT', '$.time', `${shown(value)} is more than 120 s ahead.`);
  } else if (isTooOld(time, event, sender)) {
    const detail = `${shown(value)} is before the late limit; a key with backfill may send it.`;
    findings.refuse('TOO_OLD', '$.time', detail);
  }
  return time;
};

const instantOf = (value: unknown): Instant | null => {
  if (typeof value !== 'string') return null;
  try {
    return parseInstant(value);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
};

interface Context {
  readonly sender: Sender;
  readonly time: Instant;
  readonly findings: Findings;
  /** What the event does to another call; null: it is a call of its own. */
  readonly action: Correction['correction'] | null;
}

const NO_KINDS: KindsRead = { kinds: {}, isIncomplete: false };

const readData = (event: JsonObject, context: Context): UsageEvent => {
  const { sender, time, findings, action } = context;
  const around = new Fields(event, '$', findings);
  const data = around.inner('data', 'INVALID_DATA');
  if (!around.has('data')) around.refuse('INVALID_DATA', 'data', 'data is missing.');
  const isVoid = action === 'void';
  data.only(isVoid ? voidFields : dataFields);
  // A void says nothing of the call but its name.
  const modelOrdered = isVoid ? '' : data.required('model', 'MODEL_REQUIRED');
  const modelServed = data.optional('modelServed');
  const contract = isVoid ? '' : readContract(data, sender);
  const buyer = isVoid ? '' : data.required('buyer');
  const centre = readCentre(data, sender);
  const { kinds, isIncomplete } = isVoid ? NO_KINDS : readKinds(data);
  return {
    tenant: sender.tenant,
    source: event['source'] as string,
    id: event['id'] as string,
    time,
    contract,
    buyer,
    centre,
    modelOrdered,
    modelServed: modelServed === modelOrdered ? null : modelServed,
    kinds,
    subject: around.optional('subject'),
    upstream: data.optional('upstream'),
    authorization: data.optional('authorization'),
    lot: data.optional('lot'),
    dispatch: data.optional('dispatch'),
    dataOrigin: data.optional('dataOrigin'),
    endUserCountry: data.country('endUserCountry'),
    facility: data.optional('facility'),
    pool: data.optional('pool'),
    returnCountry: data.country('returnCountry'),
    purpose: data.optional('purpose'),
    latencyMs: data.quantity('latencyMs'),
    credential: data.optional('credential'),
    session: data.optional('session'),
    reservation: data.optional('reservation'),
    admission: data.optional('admission'),
    serviceTier: data.optional('serviceTier'),
    audioMs: data.quantity('audioMs'),
    images: data.quantity('images'),
    requests: data.quantity('requests'),
    outcome: data.oneOf('outcome', ['complete', 'cut', 'failed']),
    finality: data.oneOf('finality', ['provisional', 'final']),
    ...readCorrection(data, { action, source: event['source'], sources: sender.sources }),
    routeType: data.optional('routeType'),
    route: data.optional('route'),
    controlRegion: data.optional('controlRegion'),
    inferenceRegion: data.optional('inferenceRegion'),
    useCase: data.optional('useCase'),
    industry: data.optional('industry'),
    device: data.optional('device'),
    host: data.optional('host'),
    upstreamRequestId: data.optional('upstreamRequestId'),
    endUser: data.optional('endUser'),
    dataClass: data.optional('dataClass'),
    datasetTag: data.optional('datasetTag'),
    kindsIncomplete: data.boolean('kindsIncomplete') ?? (isIncomplete ? true : null),
    metadata: readMetadata(data.raw('metadata'), findings),
    extensions: readExtensions(event, findings),
    sentBy: sender.credential ?? null,
  };
};

const readContract = (data: Fields, { contracts = null }: Sender): string => {
  const contract = data.required('contract');
  if (contracts !== null && !contracts.includes(contract)) {
    data.refuse('CONTRACT_NOT_ALLOWED', 'contract', `${shown(contract)} is not this credential's.`);
  }
  return contract;
};

const readCentre = (data: Fields, sender: Sender): string => {
  const centre = data.required('centre');
  if (sender.centre !== null && centre !== sender.centre) {
    data.refuse('CENTRE_MISMATCH', 'centre', `${shown(centre)} is not this credential's centre.`);
  } else if (!sender.isActive(centre)) {
    data.refuse('CENTRE_MISMATCH', 'centre', `${shown(centre)} is unknown or suspended.`);
  }
  return centre;
};
