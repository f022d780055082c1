/**
 * Which body a route reads. The body is read after the guards, so that only a known caller is
 * listened to, and before the pipes, which check it.
 *
 * Units       bytes, milliseconds
 * Rejections  EMPTY_BODY, UNSUPPORTED_MEDIA_TYPE, UNSUPPORTED_CHARSET, and those of strict-json
 * Source      reliability rows B01–B13
 */
import { Inject, Injectable, SetMetadata } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { Reflector } from '@nestjs/core';
import { Malformed } from '@suanpan/event-sourcing';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { collectBody } from './body-stream.js';
import type { BodyLimits } from './body-stream.js';
import { HttpProblem } from './problem.js';
import { contextOf } from './request-context.js';
import { checkBody } from './signed-bodies.js';
import { decodeUtf8, parseStrictJson } from './strict-json.js';

export const COMMAND_BYTES_MAX = 1_048_576;
/** Less than the 30 s in which a slow body must have been refused (B13). */
export const BODY_TOTAL_MS = 25_000;

export const BODY_TIMING = Symbol('BODY_TIMING');
export type BodyTiming = Pick<BodyLimits, 'totalMs' | 'silenceMs'>;
export const bodyTiming: BodyTiming = { totalMs: BODY_TOTAL_MS, silenceMs: BODY_TOTAL_MS };

export const STREAMED_KEY = 'suanpan:streamed-body';
const TEXT_KEY = 'suanpan:text-body';
const OPTIONAL_KEY = 'suanpan:optional-body';

export interface TextBodyRule {
  readonly mediaTypes: readonly string[];
  readonly bytesMax: number;
}

export interface StreamedBodyRule {
  /** The handler calls `checkBody` with what it has read, before it does anything with it. */
  readonly checksSignature?: boolean;
}

/** The handler reads the request itself. */
export const StreamedBody = (rule: StreamedBodyRule = {}) => SetMetadata(STREAMED_KEY, rule);
/** `@Body()` is the text as sent, for example `text/csv`. */
export const TextBody = (rule: TextBodyRule) => SetMetadata(TEXT_KEY, rule);
/** An absent body is no fault; `@Body()` is then undefined. */
export const OptionalBody = () => SetMetadata(OPTIONAL_KEY, true);

export interface MediaType {
  readonly type: string;
  readonly charset: string | undefined;
}

const PARAMETER = /;\s*charset\s*=\s*"?([^";\s]+)"?/i;

/** The media type of a request, in lower case. */
export const mediaTypeOf = (request: Request): MediaType => {
  const header = request.headers['content-type'] ?? '';
  const type = (header.split(';', 1)[0] ?? '').trim().toLowerCase();
  return { type, charset: PARAMETER.exec(header)?.[1]?.toLowerCase() };
};

/** Refuses every charset but UTF-8 (B06). */
export const requireUtf8 = ({ charset }: MediaType): void => {
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8') return;
  throw new HttpProblem(415, 'UNSUPPORTED_CHARSET', 'Only UTF-8 is read here.');
};

export const unsupportedMediaType = (accepted: readonly string[]): HttpProblem =>
  new HttpProblem(415, 'UNSUPPORTED_MEDIA_TYPE', {
    detail: `Send one of: ${accepted.join(', ')}.`,
    headers: { Accept: accepted.join(', ') },
  });

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const isJson = (type: string): boolean =>
  type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));

const takesBody = (context: ExecutionContext): boolean => {
  const routeArguments: unknown = Reflect.getMetadata(
    ROUTE_ARGS_METADATA,
    context.getClass(),
    context.getHandler().name,
  );
  return Object.keys(routeArguments ?? {}).some((key) =>
    key.startsWith(`${RouteParamtypes.BODY}:`),
  );
};

/** Reads, checks and parses the body of every route that has an `@Body()`. */
@Injectable()
export class BodyInterceptor implements NestInterceptor {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(BODY_TIMING) private readonly timing: BodyTiming,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const rule = this.reflector.get<StreamedBodyRule | undefined>(
      STREAMED_KEY,
      context.getHandler(),
    );
    if (context.getType() !== 'http' || rule !== undefined) return next.handle();
    if (takesBody(context)) await this.read(context);
    // What is not read here means nothing: signed is that there is no body.
    const request = context.switchToHttp().getRequest<Request>();
    await checkBody(request, contextOf(request).rawBody ?? Buffer.alloc(0));
    return next.handle();
  }

  private async read(context: ExecutionContext): Promise<void> {
    const handler = context.getHandler();
    const request = context.switchToHttp().getRequest<Request>();
    const text = this.reflector.get<TextBodyRule | undefined>(TEXT_KEY, handler);
    if (!hasBody(request)) {
      if (this.reflector.get<boolean>(OPTIONAL_KEY, handler)) return;
      throw new Malformed('EMPTY_BODY', 'The body is empty.');
    }
    const media = mediaTypeOf(request);
    const accepted = text?.mediaTypes ?? ['application/json'];
    if (text ? !accepted.includes(media.type) : !isJson(media.type)) {
      throw unsupportedMediaType(accepted);
    }
    requireUtf8(media);
    const bytes = text?.bytesMax ?? COMMAND_BYTES_MAX;
    const raw = await collectBody(request, { bytes, ...this.timing });
    contextOf(request).rawBody = raw;
    request.body = text ? decodeUtf8(raw) : parseStrictJson(raw);
  }
}
