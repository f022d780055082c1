/**
 * `POST /v1/usage/{dialect}`: usage in the words of the provider that served the call.
 *
 * Shape       JSON envelopes, one or a batch; or, with CloudEvents headers, one body as it came from
 *             the provider: JSON, or a recorded stream.
 * Rejections  DIALECT_UNKNOWN 404, and those of the door for events
 * Source      ruling R22; CloudEvents 1.0.2 HTTP binding
 */
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  Caller,
  contextOf,
  HttpProblem,
  mediaTypeOf,
  requireUtf8,
  Roles,
  Scoped,
  StreamedBody,
  unsupportedMediaType,
} from '@suanpan/platform-http';
import { builtInDialects } from '@suanpan/usage';
import type { Dialect } from '@suanpan/usage';
import type { Request, Response } from 'express';
import { BatchDoor } from '../events/batch-door.js';
import { isBinaryMode } from '../events/binary-mode.js';
import { answerSchema } from '../events/events.openapi.js';
import { EVENT_BYTES_MAX, RECORDED_STREAM_BYTES_MAX } from '../events/limits.js';
import { eventForm } from '../events/read-items.js';
import type { BodyForm, Items } from '../events/read-items.js';
import { Senders } from '../events/senders.js';
import { MappingDirectory } from '../mappings/mapping-directory.js';
import type { StoredMapping } from '../mappings/mapping-wire.js';
import { aroundBody, bareItem } from './bare-body.js';
import { DIALECT_DOOR, dialectJudge, findDialect } from './dialect-judge.js';
import type { ReadEnvelope } from './dialect-judge.js';
import { fromHeaders, fromWireItem } from './envelopes.js';
import { bodySchema } from './usage-bodies.openapi.js';

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';

/** How a request is read: its bytes as items, and an item as an envelope. */
interface Way {
  readonly form: BodyForm;
  readonly read: ReadEnvelope;
}

const wrapped: Way = { form: eventForm('either'), read: fromWireItem };

@ApiTags('events')
@Controller('v1/usage')
export class UsageBodiesController {
  constructor(
    @Inject(Senders) private readonly senders: Senders,
    @Inject(BatchDoor) private readonly batches: BatchDoor,
    @Inject(MappingDirectory) private readonly mappings: MappingDirectory,
  ) {}

  @Post(':dialect')
  @HttpCode(202)
  @StreamedBody({ checksSignature: true })
  @Scoped('events:write')
  @Roles('centre')
  @ApiOperation({ summary: 'Sends usage as the provider tells it; answers as for events.' })
  @ApiParam({
    name: 'dialect',
    schema: { type: 'string' },
    description: `${[...builtInDialects.keys()].join(', ')}, or a name in the centre’s mapping.`,
  })
  @ApiConsumes(JSON_TYPE, STREAM_TYPE)
  @ApiBody({ required: true, schema: bodySchema })
  @ApiResponse({ status: 202, description: 'One result for each body.', schema: answerSchema })
  async post(
    @Req() request: Request,
    @Res() response: Response,
    @Caller() caller: Caller,
  ): Promise<void> {
    const name = String(request.params['dialect']);
    const way = wayOf(request);
    const { requestId } = contextOf(request);
    const from = await this.senders.of(caller, requestId, `${DIALECT_DOOR}${name}`);
    const mapping = await this.mappings.of(caller.tenant, from.origin.centre);
    const judge = dialectJudge(dialectOf(name, mapping), mapping, way.read);
    const answer = await this.batches.answer(request, way.form, { ...from, judge });
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.end(answer);
  }
}

const wayOf = (request: Request): Way => {
  const media = mediaTypeOf(request);
  const isStream = media.type === STREAM_TYPE;
  if (!isStream && media.type !== JSON_TYPE) throw unsupportedMediaType([JSON_TYPE, STREAM_TYPE]);
  requireUtf8(media);
  if (!isStream && !isBinaryMode(request.rawHeaders)) return wrapped;
  const around = { attributes: fromHeaders(request.rawHeaders), isStream };
  const items = (bytes: Buffer): Items => {
    const item = bareItem(bytes, around);
    return { count: 1, at: () => item };
  };
  const bytesMax = isStream ? RECORDED_STREAM_BYTES_MAX : EVENT_BYTES_MAX;
  return { form: { bytesMax, items }, read: aroundBody(around.attributes) };
};

const dialectOf = (name: string, mapping: StoredMapping | null): Dialect => {
  const dialect = findDialect(name, mapping);
  if (dialect !== undefined) return dialect;
  const known = [...builtInDialects.keys(), ...(mapping?.dialects.keys() ?? [])];
  throw new HttpProblem(404, 'DIALECT_UNKNOWN', `Known here are ${known.join(', ')}.`);
};
