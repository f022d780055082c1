/**
 * The two signals of OpenTelemetry that can tell of a GenAI call, and how they lie on the wire.
 *
 * Shape       resource → scope → record in both; only names and field numbers differ.
 * Source      opentelemetry-proto 1.x: trace/v1/trace.proto, logs/v1/logs.proto (field numbers never
 *             change); OTLP 1.x, "OTLP/HTTP"
 */
export interface SignalShape {
  readonly name: 'traces' | 'logs';
  /** What a record is called in an answer. */
  readonly record: 'span' | 'log record';
  /** The members of the answer's partial success. */
  readonly rejected: 'rejectedSpans' | 'rejectedLogRecords';
  /** Names in JSON. */
  readonly json: {
    readonly resources: string;
    readonly scopes: string;
    readonly records: string;
    readonly start: string | null;
    readonly end: string;
    /** Taken when the first is 0. */
    readonly observed: string | null;
  };
  /** Field numbers of a record in protobuf. */
  readonly fields: {
    readonly traceId: number;
    readonly spanId: number;
    readonly start: number | null;
    readonly end: number;
    readonly observed: number | null;
    readonly attributes: number;
    readonly status: number | null;
  };
}

export const TRACES: SignalShape = {
  name: 'traces',
  record: 'span',
  rejected: 'rejectedSpans',
  json: {
    ...{ resources: 'resourceSpans', scopes: 'scopeSpans', records: 'spans' },
    ...{ start: 'startTimeUnixNano', end: 'endTimeUnixNano', observed: null },
  },
  fields: {
    ...{ traceId: 1, spanId: 2, start: 7, end: 8, observed: null },
    ...{ attributes: 9, status: 15 },
  },
};

export const LOGS: SignalShape = {
  name: 'logs',
  record: 'log record',
  rejected: 'rejectedLogRecords',
  json: {
    ...{ resources: 'resourceLogs', scopes: 'scopeLogs', records: 'logRecords' },
    ...{ start: null, end: 'timeUnixNano', observed: 'observedTimeUnixNano' },
  },
  fields: {
    ...{ traceId: 9, spanId: 10, start: null, end: 1, observed: 11 },
    ...{ attributes: 6, status: null },
  },
};

/** Of all levels together in one request: what carries no usage costs next to nothing. */
export const NODES_MAX = 100_000;

/** The status code of a span that failed. */
export const STATUS_ERROR = 2;

/** What is looked for while a request is read. */
export interface Reading {
  readonly shape: SignalShape;
  /** Names of the attributes that are kept; all others are passed over. */
  readonly wanted: ReadonlySet<string>;
}
