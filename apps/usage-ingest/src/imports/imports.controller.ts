/**
 * `/v1/imports`: whole files of usage.
 *
 * Source      docs/how-to-centre.md (files); reliability rows B84–B86
 */
import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiHeader,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  Caller,
  callerOf,
  mediaTypeOf,
  notFound,
  pageFields,
  requireUtf8,
  Roles,
  Scoped,
  StreamedBody,
} from '@suanpan/platform-http';
import type { Page } from '@suanpan/platform-http';
import type { Scope } from '@suanpan/platform-postgres';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { partyId } from '../party-id.js';
import { ERROR_HEAD } from './error-lines.js';
import { formatOf, shownName } from './file-type.js';
import { toWireImport } from './import-record.js';
import type { WireImport } from './import-record.js';
import { centreNeeded, otherCentre } from './import-refusals.js';
import { ImportStore } from './import-store.js';
import { fileEncodingOf } from './file-encoding.js';
import { bodyContent, importSchema } from './imports.openapi.js';
import { Imports } from './imports.js';

const flag = z.enum(['true', 'false']).default('false');
const NAME_CHARACTERS_MAX = 16_384;
const SHA256 = /^[0-9a-f]{64}$/;

const orderQuery = z.strictObject({
  name: z.string().max(NAME_CHARACTERS_MAX).optional(),
  dryRun: flag,
  separator: z.enum([',', ';', '\t', '|']).optional(),
  centre: partyId.optional(),
});
type OrderQuery = z.infer<typeof orderQuery>;

const listQuery = z.strictObject({ ...pageFields, sha256: z.string().regex(SHA256).optional() });
type ListQuery = z.infer<typeof listQuery>;

const importId = z.string().regex(/^imp_[0-9a-f]{32}$/, 'An import’s id is imp_ and 32 digits.');

const scopeOf = ({ tenant, party }: Caller): Scope =>
  party === null ? { tenant } : { tenant, party };

const centreOf = ({ role, party }: Caller, named: string | undefined): string => {
  if (role === 'operator') {
    if (named === undefined) throw centreNeeded();
    return named;
  }
  if (party === null || (named !== undefined && named !== party)) throw otherCentre();
  return party;
};

@ApiTags('imports')
@Controller('v1/imports')
@Roles('centre', 'operator')
export class ImportsController {
  constructor(
    @Inject(Imports) private readonly imports: Imports,
    @Inject(ImportStore) private readonly store: ImportStore,
  ) {}

  @Post()
  @Scoped('imports:write')
  @StreamedBody()
  @ApiOperation({ summary: 'Hands in a file; the same file again is the same import.' })
  @ApiQuery({ name: 'name', required: false, description: 'What the file is called, to be shown.' })
  @ApiQuery({ name: 'dryRun', required: false, enum: ['true', 'false'] })
  @ApiQuery({ name: 'separator', required: false, description: 'Of a CSV: , ; | or a tab.' })
  @ApiQuery({ name: 'centre', required: false, description: 'For an operator: whose file it is.' })
  @ApiHeader({ name: 'Content-Encoding', required: false, description: 'gzip: the file is a .gz' })
  @ApiBody({ required: true, ...bodyContent })
  @ApiResponse({ status: 202, description: 'It is read now.', schema: importSchema })
  @ApiResponse({ status: 200, description: 'It was handed in before.', schema: importSchema })
  async post(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Query({ schema: orderQuery }) order: OrderQuery,
  ): Promise<WireImport> {
    const media = mediaTypeOf(request);
    const format = formatOf(media.type);
    requireUtf8(media);
    const caller = callerOf(request);
    const { row, begun } = await this.imports.take(request, {
      ...{ caller, format, gzip: fileEncodingOf(request) === 'gzip' },
      centre: centreOf(caller, order.centre),
      name: shownName(order.name),
      separator: order.separator ?? null,
      dryRun: order.dryRun === 'true',
    });
    response.status(begun ? 202 : 200);
    return toWireImport(row);
  }

  @Get()
  async list(
    @Query({ schema: listQuery }) query: ListQuery,
    @Caller() caller: Caller,
  ): Promise<Page<WireImport>> {
    const { data, nextCursor } = await this.store.list(scopeOf(caller), query);
    return { data: data.map(toWireImport), nextCursor };
  }

  @Get(':importId')
  @ApiResponse({ status: 200, schema: importSchema })
  async show(
    @Param('importId', { schema: importId }) id: string,
    @Caller() caller: Caller,
  ): Promise<WireImport> {
    const row = await this.store.find(scopeOf(caller), id);
    if (row === null) throw notFound('import');
    return toWireImport(row);
  }

  @Get(':importId/errors.csv')
  @ApiProduces('text/csv')
  async errors(
    @Param('importId', { schema: importId }) id: string,
    @Caller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    const scope = scopeOf(caller);
    if ((await this.store.find(scope, id)) === null) throw notFound('import');
    response.setHeader('Content-Type', 'text/csv; charset=utf-8');
    response.setHeader('Content-Disposition', `attachment; filename="${id}-errors.csv"`);
    response.write(ERROR_HEAD);
    for await (const lines of this.store.errors(scope, id)) {
      if (response.destroyed) return;
      if (!response.write(lines)) {
        await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      }
    }
    response.end();
  }
}
