/**
 * The operator's door to API keys: issued once, shown once, revoked at once.
 *
 * Invariant   a key is of the caller's tenant; a centre's key names the sources that it may use, so
 *             that no centre can take another's event ids.
 * Source      design 1 (usage event), reliability rows S14, S15
 */
import { Body, Controller, Delete, Headers, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  Caller,
  Idempotent,
  issueApiKey,
  notFound,
  revokeApiKey,
  Roles,
  ROLES,
} from '@suanpan/platform-http';
import type { IssuedKey } from '@suanpan/platform-http';
import type { Database } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { partyId } from '../party-id.js';
import { DATABASE, SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';

const SOURCES_MAX = 100;
const SOURCE_CHARACTERS_MAX = 256;

const keyOrder = z
  .strictObject({
    role: z.enum(ROLES),
    party: partyId.nullable().default(null),
    sources: z.array(z.string().min(1).max(SOURCE_CHARACTERS_MAX)).max(SOURCES_MAX).default([]),
  })
  .refine(({ role, party }) => (role === 'operator') === (party === null), {
    path: ['party'],
    message: 'An operator’s key has no party, every other key has one.',
  })
  .refine(({ role, sources }) => (role === 'centre') === sources.length > 0, {
    path: ['sources'],
    message: 'A centre’s key names its sources, every other key has none.',
  })
  .meta({ id: 'ApiKeyOrder' });
const keyPrefix = z.string().regex(/^[a-z2-7]{10}$/, 'A key’s prefix is 10 of a-z and 2-7.');
type KeyOrderBody = z.infer<typeof keyOrder>;

@ApiTags('api-keys')
@Controller('v1/api-keys')
@Roles('operator')
export class ApiKeysController {
  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {}

  @Post()
  @Idempotent()
  issue(
    @Body({ schema: keyOrder }) { role, party, sources }: KeyOrderBody,
    @Caller() { tenant }: Caller,
    @Headers('idempotency-key') command: string,
  ): Promise<IssuedKey> {
    const order = { tenant, role, party, sources, command };
    return this.db.inTenant({ tenant }, (tx) => issueApiKey(tx, order, this.settings.accessSchema));
  }

  @Delete(':prefix')
  @HttpCode(204)
  async revoke(
    @Param('prefix', { schema: keyPrefix }) prefix: string,
    @Caller() { tenant }: Caller,
  ): Promise<void> {
    const revoked = await this.db.inTenant({ tenant }, (tx) =>
      revokeApiKey(tx, prefix, this.settings.accessSchema),
    );
    if (!revoked) throw notFound('API key');
  }
}
