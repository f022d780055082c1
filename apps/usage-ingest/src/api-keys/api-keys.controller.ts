/**
 * The operator's door to API keys: issued once, shown once, rotated with an overlap, revoked at once.
 *
 * Invariant   a key is of the caller's tenant; a centre's key names the sources that it may use, so
 *             that no centre can take another's event ids.
 * Rejections  API_KEY_EXISTS, API_KEY_ENDED, API_KEY_ROTATED 409
 * Source      design 1 (usage event), reliability rows S14, S15; issue 4 part 6
 */
import { Body, Controller, Delete, Get, Headers, HttpCode, Inject } from '@nestjs/common';
import { Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  Caller,
  callerOf,
  createSigningSeal,
  decodeCursor,
  Idempotent,
  issueApiKey,
  listApiKeys,
  notFound,
  pageQuery,
  revokeApiKey,
  Roles,
  rotateApiKey,
  toPage,
} from '@suanpan/platform-http';
import type {
  AnswerSeal,
  IssuedKey,
  ListedKey,
  Page,
  PageQuery,
  RotatedKey,
} from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import type { Request } from 'express';
import { DATABASE, SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';
import { keyOrder, keyPrefix, rotation } from './api-key-orders.js';
import type { KeyOrderBody, RotationBody } from './api-key-orders.js';

@ApiTags('api-keys')
@Controller('v1/api-keys')
@Roles('operator')
export class ApiKeysController {
  private readonly signingSeal: AnswerSeal;

  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {
    this.signingSeal = createSigningSeal(settings.vaultKey);
  }

  @Post()
  @Idempotent()
  @ApiOperation({ summary: 'Makes a key; the answer is the only place where it is shown.' })
  issue(
    @Body({ schema: keyOrder }) { signs, ...body }: KeyOrderBody,
    @Caller() { tenant, keyId }: Caller,
    @Headers('idempotency-key') command: string,
  ): Promise<IssuedKey> {
    const signingSeal = signs ? this.signingSeal : null;
    const order = { tenant, ...body, signingSeal, command, by: keyId };
    return this.db.inTenant({ tenant }, (tx) => issueApiKey(tx, order, this.settings.accessSchema));
  }

  @Get()
  @ApiOperation({ summary: 'Lists the keys of the tenant; never a secret.' })
  async list(
    @Query({ schema: pageQuery }) { limit, cursor }: PageQuery,
    @Caller() { tenant }: Caller,
  ): Promise<Page<ListedKey>> {
    const after = decodeCursor(cursor, ['text'])?.[0] ?? '';
    const keys = await this.db.inTenant({ tenant }, (tx) =>
      listApiKeys(tx, { after, limit: limit + 1 }, this.settings.accessSchema),
    );
    return toPage(keys, limit, ({ prefix }) => [prefix]);
  }

  @Post(':prefix/rotate')
  @Idempotent()
  @ApiOperation({ summary: 'Makes the successor of a key; both work until the overlap ends.' })
  async rotate(
    @Param('prefix', { schema: keyPrefix }) prefix: string,
    @Body({ schema: rotation }) { overlapSeconds }: RotationBody,
    @Req() request: Request,
  ): Promise<RotatedKey> {
    const { signingSeal } = this;
    const { tenant, keyId } = callerOf(request);
    const command = request.header('idempotency-key') ?? '';
    const order = { tenant, prefix, overlapSeconds, signingSeal, command, by: keyId };
    const rotated = await this.db.inTenant({ tenant }, (tx) =>
      rotateApiKey(tx, order, this.settings.accessSchema),
    );
    if (rotated === null) throw notFound('API key');
    return rotated;
  }

  @Delete(':prefix')
  @HttpCode(204)
  async revoke(
    @Param('prefix', { schema: keyPrefix }) prefix: string,
    @Caller() { tenant, keyId: by }: Caller,
  ): Promise<void> {
    const revoked = await this.db.inTenant({ tenant }, (tx) =>
      revokeApiKey(tx, { prefix, by }, this.settings.accessSchema),
    );
    if (!revoked) throw notFound('API key');
  }
}
