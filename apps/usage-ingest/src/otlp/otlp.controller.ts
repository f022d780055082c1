/**
 * `POST /v1/traces` and `POST /v1/logs`: OTLP over HTTP, as an unchanged OpenTelemetry exporter
 * speaks it.
 *
 * Source      OTLP 1.x, "OTLP/HTTP"; docs/adr/0015-genai-spans.md
 */
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  Caller,
  contextOf,
  mediaTypeOf,
  requireUtf8,
  Roles,
  Scoped,
  StreamedBody,
  unsupportedMediaType,
} from '@suanpan/platform-http';
import type { Request, Response } from 'express';
import { Senders } from '../events/senders.js';
import { ENCODINGS, toExportResponse } from './otlp-answers.js';
import type { Encoding } from './otlp-answers.js';
import { OTLP_DOOR, OtlpDoor } from './otlp-door.js';
import { LOGS, TRACES } from './signals.js';
import type { SignalShape } from './signals.js';

const SAYS = {
  summary: 'Takes the usage of GenAI calls from an OpenTelemetry exporter.',
  description:
    'Spans and log records of one inference (chat, text_completion, generate_content, embeddings) ' +
    'become usage events; records without usage, and those that sum up others, are passed over.',
};
const ANSWER = {
  status: 200,
  description: 'The log has what was accepted; a partial success says how many were refused.',
};

const encodingOf = (request: Request): Encoding => {
  const media = mediaTypeOf(request);
  const encoding = ENCODINGS.find((one) => one === media.type);
  if (encoding === undefined) throw unsupportedMediaType(ENCODINGS);
  requireUtf8(media);
  return encoding;
};

@ApiTags('OpenTelemetry')
@Controller('v1')
export class OtlpController {
  constructor(
    @Inject(Senders) private readonly senders: Senders,
    @Inject(OtlpDoor) private readonly door: OtlpDoor,
  ) {}

  @Post('traces')
  @HttpCode(200)
  @StreamedBody({ checksSignature: true })
  @Scoped('events:write')
  @Roles('centre')
  @ApiOperation(SAYS)
  @ApiConsumes(...ENCODINGS)
  @ApiResponse(ANSWER)
  traces(
    @Req() request: Request,
    @Res() response: Response,
    @Caller() caller: Caller,
  ): Promise<void> {
    return this.answer(TRACES, { request, response, caller });
  }

  @Post('logs')
  @HttpCode(200)
  @StreamedBody({ checksSignature: true })
  @Scoped('events:write')
  @Roles('centre')
  @ApiOperation(SAYS)
  @ApiConsumes(...ENCODINGS)
  @ApiResponse(ANSWER)
  logs(
    @Req() request: Request,
    @Res() response: Response,
    @Caller() caller: Caller,
  ): Promise<void> {
    return this.answer(LOGS, { request, response, caller });
  }

  private async answer(
    shape: SignalShape,
    { request, response, caller }: { request: Request; response: Response; caller: Caller },
  ): Promise<void> {
    const encoding = encodingOf(request);
    const { requestId } = contextOf(request);
    const from = await this.senders.of(caller, requestId, `${OTLP_DOOR}${shape.name}`);
    const outcome = await this.door.accept(request, from, { shape, encoding });
    response.setHeader('Content-Type', encoding);
    response.end(toExportResponse(outcome, shape, encoding));
  }
}
