/**
 * `POST /v1/events`: the HTTP door for usage.
 *
 * Source      design 3.1, ruling R1; CloudEvents 1.0.2 HTTP binding
 */
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  Caller,
  contextOf,
  mustCheckBody,
  Roles,
  Scoped,
  signatureUnsupported,
  StreamedBody,
} from '@suanpan/platform-http';
import type { Request, Response } from 'express';
import { BatchDoor } from './batch-door.js';
import { EVENT_MEDIA_TYPES, formOf } from './body-forms.js';
import { answerSchema, bodyContent } from './events.openapi.js';
import { LineDoor } from './line-door.js';
import { OWN_DOOR, Senders } from './senders.js';

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
  @ApiConsumes(...EVENT_MEDIA_TYPES)
  @ApiBody({ required: true, ...bodyContent })
  @ApiResponse({ status: 202, description: 'One result for each event.', schema: answerSchema })
  async post(
    @Req() request: Request,
    @Res() response: Response,
    @Caller() caller: Caller,
  ): Promise<void> {
    const form = formOf(request);
    const from = await this.senders.of(caller, contextOf(request).requestId, OWN_DOOR);
    if (form === 'lines') {
      if (mustCheckBody(request)) throw signatureUnsupported(SIGN_BATCHES);
      return this.streams.answer(request, response, from);
    }
    const answer = await this.batches.answer(request, form, from);
    response.set(await from.budget.headers());
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.end(answer);
  }
}
