/**
 * `POST /api/v1/events`: OpenMeter's door, for clients that know no other.
 *
 * Source      OpenMeter API v1, ingestEvents; docs/adr/0016-openmeter-door.md
 */
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
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
import { JSON_FORMS } from '../events/body-forms.js';
import { Senders } from '../events/senders.js';
import { METER_DOOR, OpenMeterDoor } from './openmeter-door.js';
import { meterBody } from './openmeter.openapi.js';

const MEDIA_TYPES = [...JSON_FORMS.keys()];

@ApiTags('OpenMeter')
@Controller('api/v1/events')
export class OpenMeterController {
  constructor(
    @Inject(Senders) private readonly senders: Senders,
    @Inject(OpenMeterDoor) private readonly door: OpenMeterDoor,
  ) {}

  @Post()
  @HttpCode(204)
  @StreamedBody({ checksSignature: true })
  @Scoped('events:write')
  @Roles('centre')
  @ApiOperation({
    summary: 'Takes events from a client of OpenMeter; 204 only when all are recorded.',
    description:
      'Events of our own type are taken as they are. Of another type, `data` holds a usage of the ' +
      'OpenAI style (bare or under `usage`), or `tokens` of one `type`; the mapping of the centre ' +
      'gives the contract of the subject. `time` is needed: a default would differ on every retry.',
  })
  @ApiConsumes(...MEDIA_TYPES)
  @ApiBody({ required: true, ...meterBody })
  @ApiResponse({ status: 204, description: 'All events are recorded.' })
  @ApiResponse({
    status: 422,
    description: 'EVENTS_REFUSED: `errors` says which and why; the others are recorded.',
  })
  async post(
    @Req() request: Request,
    @Res() response: Response,
    @Caller() caller: Caller,
  ): Promise<void> {
    const media = mediaTypeOf(request);
    const form = JSON_FORMS.get(media.type);
    if (form === undefined) throw unsupportedMediaType(MEDIA_TYPES);
    requireUtf8(media);
    const from = await this.senders.of(caller, contextOf(request).requestId, METER_DOOR);
    await this.door.accept(request, form, from);
    response.end();
  }
}
