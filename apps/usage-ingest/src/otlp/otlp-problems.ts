/**
 * Problems as an exporter understands them: google.rpc.Status in the encoding of the request.
 *
 * Invariant   what may succeed when it is sent again has a status that exporters retry (429, 502, 503,
 *             504); all else they drop, so nothing else may have one.
 * Source      OTLP 1.x, "Failures" and "Retryable Response Codes"
 */
import { Injectable } from '@nestjs/common';
import type { NestMiddleware } from '@nestjs/common';
import { contextOf, mediaTypeOf } from '@suanpan/platform-http';
import type { ProblemForm } from '@suanpan/platform-http';
import type { NextFunction, Request, Response } from 'express';
import { toStatus } from './otlp-answers.js';
import type { Encoding } from './otlp-answers.js';

/** A body that came too slowly: an exporter would drop what it held. */
const RETRYABLE: ReadonlyMap<number, number> = new Map([[408, 503]]);

const inStatus =
  (encoding: Encoding): ProblemForm =>
  ({ status, code, detail, requestId }) => {
    const message = `${code}: ${detail} (request ${requestId})`;
    const answered = RETRYABLE.get(status) ?? status;
    return { status: answered, contentType: encoding, body: toStatus(answered, message, encoding) };
  };

@Injectable()
export class OtlpProblems implements NestMiddleware {
  use(request: Request, _response: Response, next: NextFunction): void {
    const isJson = mediaTypeOf(request).type === 'application/json';
    contextOf(request).problemForm = inStatus(
      isJson ? 'application/json' : 'application/x-protobuf',
    );
    next();
  }
}
