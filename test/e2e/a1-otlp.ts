/**
 * Scene A1 as OpenTelemetry tells it: a span, or a log record, of each call.
 *
 * Shape       OTLP in JSON. Ids are a hash of the call's, so that c2 and its repeat are one span. What
 *             all calls share stands on the resource; the authorization once on the record (spans) and
 *             once on the resource (log records).
 * Units       nanoseconds since the epoch
 * Source      OTLP 1.x, "OTLP/HTTP"; OpenTelemetry GenAI conventions; docs/how-to-centre.md 4
 */
import { createHash } from 'node:crypto';
import { ACCOUNT, portions, type Call } from './a1-calls.js';
import { post, together, type Centre, type Posted, type Told } from './a1-centre.js';
import { SOURCE } from './scene-a.js';

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const count = (key: string, value: number) => ({ key, value: { intValue: String(value) } });

const AUTHORIZATION = 'suanpan.authorization';
const SHARED = [
  text('suanpan.source', SOURCE),
  text('suanpan.contract', ACCOUNT.contract),
  text('suanpan.buyer', ACCOUNT.buyer),
];
const scope = { name: 'scene-a1' };

const authorizationOf = ({ authorization }: Call) =>
  authorization === null ? [] : [text(AUTHORIZATION, authorization)];

const FRACTION_DIGITS = 9;

/** Dates end at the millisecond, the scene's times at the microsecond. */
const nanosOf = (time: string): string => {
  const [seconds = '', fraction = ''] = time.replace('Z', '').split('.');
  const epoch = Date.parse(`${seconds}Z`) / 1_000;
  return `${epoch}${fraction.padEnd(FRACTION_DIGITS, '0')}`;
};

const idsOf = ({ id }: Call) => {
  const hash = createHash('sha256').update(id).digest('hex');
  return { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48) };
};

const attributesOf = (call: Call) => [
  text('gen_ai.operation.name', 'chat'),
  text('gen_ai.request.model', call.model),
  count('gen_ai.usage.input_tokens', call.prompt),
  count('gen_ai.usage.cache_read.input_tokens', call.cached),
  count('gen_ai.usage.output_tokens', call.completion),
  count('gen_ai.usage.reasoning.output_tokens', call.reasoning),
];

const spanOf = (call: Call) => ({
  ...idsOf(call),
  name: `chat ${call.model}`,
  kind: 3,
  endTimeUnixNano: nanosOf(call.time),
  attributes: [...attributesOf(call), ...authorizationOf(call)],
});

const logRecordOf = (call: Call) => ({
  ...idsOf(call),
  eventName: 'gen_ai.client.inference.operation.details',
  timeUnixNano: nanosOf(call.time),
  attributes: attributesOf(call),
});

const spansOf = (calls: readonly Call[]): object => ({
  resourceSpans: [
    { resource: { attributes: SHARED }, scopeSpans: [{ scope, spans: calls.map(spanOf) }] },
  ],
});

/** A resource for the calls with an authorization, and one for those without. */
const logsOf = (calls: readonly Call[]): object => {
  const named = calls.filter(({ authorization }) => authorization !== null);
  const unnamed = calls.filter(({ authorization }) => authorization === null);
  return {
    resourceLogs: [named, unnamed]
      .filter(({ length }) => length > 0)
      .map((own) => ({
        resource: { attributes: [...SHARED, ...own.slice(0, 1).flatMap(authorizationOf)] },
        scopeLogs: [{ scope, logRecords: own.map(logRecordOf) }],
      })),
  };
};

interface PartialSuccess {
  readonly rejectedSpans?: string;
  readonly rejectedLogRecords?: string;
  readonly errorMessage: string;
}

const CODE = /\b[A-Z]+(?:_[A-Z]+)+\b/;

/** A partial success counts what was refused, and names the code of the first. */
const toldOf = ({ body }: Posted, offered: number): Told => {
  const { partialSuccess } = body as { readonly partialSuccess?: PartialSuccess };
  if (partialSuccess === undefined) return { accepted: offered, refused: [] };
  const { rejectedSpans, rejectedLogRecords, errorMessage } = partialSuccess;
  const refused = Number(rejectedSpans ?? rejectedLogRecords);
  const code = CODE.exec(errorMessage)?.[0] ?? errorMessage;
  return { accepted: offered - refused, refused: Array.from({ length: refused }, () => code) };
};

const offer = async (
  centre: Centre,
  signal: string,
  request: (calls: readonly Call[]) => object,
): Promise<Told> => {
  const told = [];
  for (const portion of portions) {
    const body = JSON.stringify(request(portion));
    const door = { path: `/v1/${signal}`, type: 'application/json', answers: [200] };
    told.push(toldOf(await post(centre, { ...door, body }), portion.length));
  }
  return together(told);
};

export const offerSpans = (centre: Centre): Promise<Told> => offer(centre, 'traces', spansOf);
export const offerLogs = (centre: Centre): Promise<Told> => offer(centre, 'logs', logsOf);
