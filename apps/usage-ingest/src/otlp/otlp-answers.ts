/**
 * What an exporter is told, in the encoding in which it asked.
 *
 * Shape       ExportTraceServiceResponse or ExportLogsServiceResponse, with a partial success only
 *             where something was refused; google.rpc.Status for every 4xx and 5xx.
 * Source      OTLP 1.x, "OTLP/HTTP Response"; google/rpc/status.proto, google/rpc/code.proto
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { SignalShape } from './signals.js';

export type Encoding = 'application/json' | 'application/x-protobuf';
export const ENCODINGS: readonly Encoding[] = ['application/x-protobuf', 'application/json'];

export interface Outcome {
  readonly refused: number;
  /** What was wrong, for a person. */
  readonly message: string;
}

/** The body of an answer of 200. */
export const toExportResponse = (
  outcome: Outcome,
  shape: SignalShape,
  encoding: Encoding,
): Buffer => {
  const { refused, message } = outcome;
  if (encoding === 'application/json') {
    const partialSuccess = { [shape.rejected]: String(refused), errorMessage: message };
    return Buffer.from(JSON.stringify(refused === 0 ? {} : { partialSuccess }), 'utf8');
  }
  const writer = new BinaryWriter();
  if (refused > 0) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int64(refused);
    writer.tag(2, WireType.LengthDelimited).string(message);
    writer.join();
  }
  return Buffer.from(writer.finish());
};

const UNKNOWN = 2;
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  408: 4,
  413: 11,
  415: 3,
  422: 3,
  429: 8,
  500: 13,
  503: 14,
};

/** The body of an answer of 4xx or 5xx. */
export const toStatus = (status: number, message: string, encoding: Encoding): Buffer => {
  const code = RPC_CODES[status] ?? UNKNOWN;
  if (encoding === 'application/json') {
    return Buffer.from(JSON.stringify({ code, message }), 'utf8');
  }
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int32(code);
  writer.tag(2, WireType.LengthDelimited).string(message);
  return Buffer.from(writer.finish());
};
