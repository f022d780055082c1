/**
 * The HTTP door to what was refused: list, open, judge again, repair, put to rest. The operator sees
 * all of its tenant, a centre its own.
 *
 * Source      issue 4 part 5; rulings R18, R23; docs/adr/0050-refused-events-again.md
 */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent, isUnstorable, Roles, Scoped } from '@suanpan/platform-http';
import type { Page } from '@suanpan/platform-http';
import { z } from 'zod';
import { eventSchema } from '../events/events.openapi.js';
import { Asked } from './asked.js';
import { Redrive } from './redrive.js';
import { REDRIVEN_MAX, redriveOrder, refusedQuery } from './refused-query.js';
import type { RedriveOrder, RefusedQuery } from './refused-query.js';
import { toWireRefused } from './refused-row.js';
import type { RecordPlace, WireRefused } from './refused-row.js';
import { RefusedStore } from './refused-store.js';
import { Repair } from './repair.js';

const REASON_MAX = 500;

const placePath = z.strictObject({
  partition: z.string().regex(/^(0|[1-9]\d{0,3})$/, 'A partition is a small whole number.'),
  offset: z.string().regex(/^(0|[1-9]\d{0,17})$/, 'An offset is a whole number.'),
});
type PlacePath = z.infer<typeof placePath>;

const fromWirePlace = ({ partition, offset }: PlacePath): RecordPlace => ({
  ...{ partition: Number(partition), offset },
});

const dismissOrder = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(REASON_MAX)
      .refine((text) => !isUnstorable(text), 'The text cannot be stored.'),
  })
  .meta({ id: 'RefusedDismissOrder' });

@ApiTags('refused')
@Controller('v1/refused')
@Roles('operator', 'centre')
export class RefusedController {
  constructor(
    @Inject(RefusedStore) private readonly store: RefusedStore,
    @Inject(Redrive) private readonly redriving: Redrive,
    @Inject(Repair) private readonly repairing: Repair,
  ) {}

  @Get()
  @Scoped('refused:read')
  @ApiOperation({ summary: 'What was refused, why, and what was done about it.' })
  async list(
    @Query({ schema: refusedQuery }) query: RefusedQuery,
    @Asked() asked: Asked,
  ): Promise<Page<WireRefused>> {
    const page = await this.store.list(asked, query);
    return { ...page, data: page.data.map(toWireRefused) };
  }

  @Get(':partition/:offset')
  @Scoped('refused:read')
  @ApiOperation({ summary: 'One refused event with its bytes as they were sent.' })
  async show(
    @Param({ schema: placePath }) path: PlacePath,
    @Asked() asked: Asked,
  ): Promise<object> {
    const opened = await this.store.opened(asked, fromWirePlace(path));
    const told = toWireRefused(opened.row);
    if ('unreadable' in opened) {
      return { ...told, unreadable: opened.unreadable, rawBase64: null, around: null };
    }
    const around: unknown =
      opened.around === null ? null : JSON.parse(opened.around.toString('utf8'));
    return { ...told, unreadable: null, rawBase64: opened.raw.toString('base64'), around };
  }

  @Post('redrive')
  @Scoped('events:write')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({ summary: 'Judges refused events again: some, or all open ones that fit.' })
  async redrive(
    @Body({ schema: redriveOrder }) order: RedriveOrder,
    @Asked() asked: Asked,
  ): Promise<object> {
    const { results, nextCursor } = await this.redriving.run(asked, order);
    const count = (wanted: string): number =>
      results.filter(({ status }) => status === wanted).length;
    const counts = { redriven: count('redriven'), refused: count('refused') };
    return { ...counts, unreadable: count('unreadable'), results, nextCursor, max: REDRIVEN_MAX };
  }

  /** The event's bytes are read again from the request: a count is read to its last digit. */
  @Post(':partition/:offset/repair')
  @Scoped('events:write')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({ summary: 'Puts a corrected event in the place of a refused one.' })
  @ApiBody({ required: true, schema: eventSchema })
  async repair(
    @Param({ schema: placePath }) path: PlacePath,
    @Body() _event: unknown,
    @Asked() asked: Asked,
  ): Promise<WireRefused> {
    return toWireRefused(await this.repairing.run(asked, fromWirePlace(path)));
  }

  @Post(':partition/:offset/dismiss')
  @Scoped('events:write')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({ summary: 'Says why nothing more is to be done about a refused event. It stays.' })
  async dismiss(
    @Param({ schema: placePath }) path: PlacePath,
    @Body({ schema: dismissOrder }) { reason }: z.infer<typeof dismissOrder>,
    @Asked() asked: Asked,
  ): Promise<WireRefused> {
    return toWireRefused(await this.store.dismiss(asked, fromWirePlace(path), reason));
  }
}
