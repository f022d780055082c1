/**
 * `POST /v1/events`: the HTTP door for usage.
 *
 * Source      design 3.1, ruling R1; CloudEvents 1.0.2 HTTP binding
 */
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  Caller,
  contextOf,
  mediaTypeOf,
  mustCheckBody,
  requireUtf8,
  Roles,
  Scoped,
  signatureUnsupported,
  StreamedBody,
  unsupportedMediaType,
} from '@suanpan/platform-http';
import type { Request, Response } from 'express';
import { BatchDoor } from './batch-door.js';
import { answerSchema, bodyContent } from './events.openapi.js';
import { LineDoor } from './line-door.js';
import { eventForm } from './read-items.js';
import type { BodyForm } from './read-items.js';
import { Senders } from './senders.js';

const FORMS = new Map<string, BodyForm>([
  ['application/json', eventForm('either')],
  ['application/cloudevents+json', eventForm('one')],
  ['application/cloudevents-batch+json', eventForm('many')],
]);
const LINES: readonly string[] = ['application/x-ndjson', 'application/ndjson'];

const SIGN_BATCHES =
  'A stream cannot be signed before its end, and is recorded long before: send signed batches.';

@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(
    @Inject(Senders) private readonly senders: Senders,
    @Inject(BatchDoor) private readonly batches: BatchDoor,
    @Inject(LineDoor) private readonly streams: LineDoor,
  ) {}

  @Post()
  @HttpCode(202)
  @StreamedBody({ checksSignature: true })
  @Scoped('events:write')
  @Roles('centre')
  @ApiOperation({ summary: 'Sends usage events; answers after the log has them.' })
  @ApiBody({ required: true, ...bodyContent })
  @ApiResponse({ status: 202, description: 'One result for each event.', schema: answerSchema })
  async post(
    @Req() request: Request,
    @Res() response: Response,
    @Caller() caller: Caller,
  ): Promise<void> {
    const media = mediaTypeOf(request);
    const form = FORMS.get(media.type);
    const isStream = LINES.includes(media.type);
    if (form === undefined && !isStream) {
      throw unsupportedMediaType([...FORMS.keys(), ...LINES]);
    }
    requireUtf8(media);
    const from = await this.senders.of(caller, contextOf(request).requestId);
    if (form === undefined) {
      if (mustCheckBody(request)) throw signatureUnsupported(SIGN_BATCHES);
      return this.streams.answer(request, response, from);
    }
    const answer = await this.batches.answer(request, form, from);
    response.set(await from.budget.headers());
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.end(answer);
  }
}
