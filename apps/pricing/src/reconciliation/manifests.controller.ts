/** The HTTP door to manifests and reconciliations: a centre's own, the operator's for each centre. */
import { createHash } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { formatInstant } from '@suanpan/calendar';
import { canonicalJson } from '@suanpan/event-sourcing';
import {
  Caller,
  HttpProblem,
  Idempotent,
  Roles,
  Scoped,
  valueRefused,
} from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import { fromRowInstant, toRowInstant } from '@suanpan/platform-postgres';
import type { Database, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { CLOCK, DB } from '../tokens.js';
import { name } from '../wire.js';
import { compareManifest } from './compare-manifest.js';
import type { Comparison } from './compare-manifest.js';
import { heldSums } from './held-usage.js';
import type { Asked } from './held-usage.js';
import { manifestBody, windowOf } from './manifest-body.js';
import type { ManifestBody } from './manifest-body.js';

const askedQuery = z.strictObject({
  centre: name.optional(),
  day: z.string().regex(/^\d{4}-\d\d-\d\d$/, 'A day is 2026-05-20, in UTC.'),
});

/** A centre asks for itself; the operator names the centre. */
const centreOf = ({ role, party }: Caller, named: string | undefined): string => {
  if (role === 'operator') {
    if (named === undefined) throw valueRefused('CENTRE_REQUIRED', 'centre', 'Name the centre.');
    return named;
  }
  if (named !== undefined && named !== party) {
    throw new HttpProblem(403, 'CENTRE_MISMATCH', 'The centre is not this credential’s.');
  }
  return party ?? ' ';
};

const PLACES = `
select coalesce(sum(rated), 0)::text as rated, coalesce(sum(duplicate), 0)::text as duplicate,
  coalesce(sum(conflict), 0)::text as conflict, coalesce(sum(unpriced), 0)::text as unpriced,
  coalesce(sum(quarantined), 0)::text as quarantined
from daily_count where tenant = $1 and centre = $2 and day = $3::date`;

const KEEP = `
insert into manifest (tenant, centre, manifest, starts, ends, body, submitted_at)
values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant, centre, manifest) do nothing`;

/** Of the stretches that reach into the day: those that cross a midnight stand in both days. */
const LAST = `
select manifest, starts, ends, body, submitted_at from manifest
where tenant = $1 and centre = $2 and ends > $3::timestamptz and starts < $4::timestamptz
order by submitted_at desc, manifest limit 20`;

interface ManifestRow {
  readonly manifest: string;
  readonly starts: string;
  readonly ends: string;
  readonly body: ManifestBody;
  readonly submitted_at: string;
}

const toWireComparison = (
  { centre, source, from, to }: Asked,
  { manifest, body }: { readonly manifest: string; readonly body: ManifestBody },
  comparison: Comparison,
) => ({
  manifest,
  centre,
  source,
  from: formatInstant(from),
  to: formatInstant(to),
  equal: comparison.equal,
  sent: { events: body.events, tokens: body.tokens, namesHash: body.namesHash ?? null },
  held: comparison.held,
  differences: comparison.differences,
});

@ApiTags('reconciliation')
@Controller('v1')
@Roles('operator', 'centre')
export class ManifestsController {
  constructor(
    @Inject(DB) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('manifests')
  @Scoped('manifests:write')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({
    summary: 'Compares what a centre sent with what is held, and lists differences.',
  })
  submit(
    @Body({ schema: manifestBody }) body: ManifestBody,
    @Caller() caller: Caller,
  ): Promise<object> {
    const { tenant } = caller;
    const window = windowOf(body);
    const asked = { tenant, centre: centreOf(caller, body.centre), source: body.source ?? null };
    const manifest = createHash('sha256').update(canonicalJson(body)).digest('hex').slice(0, 32);
    return this.db.inTenant({ tenant }, async (tx) => {
      await tx.query(KEEP, [
        ...[tenant, asked.centre, manifest, toRowInstant(window.from), toRowInstant(window.to)],
        ...[JSON.stringify(body), toRowInstant(this.clock.now())],
      ]);
      const whole = { ...asked, ...window };
      return toWireComparison(whole, { manifest, body }, await compareManifest(tx, whole, body));
    });
  }

  @Get('reconciliations')
  @Scoped('events:read')
  @ApiOperation({
    summary:
      'What became of a centre’s events of a day, and how its manifests that reach into it compare.',
  })
  show(
    @Query({ schema: askedQuery }) { centre, day }: z.infer<typeof askedQuery>,
    @Caller() caller: Caller,
  ): Promise<object> {
    const { tenant } = caller;
    const asked: Asked = {
      ...windowOf({ day }),
      tenant,
      centre: centreOf(caller, centre),
      source: null,
    };
    return this.db.inTenant({ tenant }, async (tx) => {
      const [places] = await tx.query<object>(PLACES, [tenant, asked.centre, day]);
      return {
        centre: asked.centre,
        day,
        /** Records of the log, by how they ended: I1's places. */
        accepted: places,
        /** Calls by name, as they were sent. */
        held: await heldSums(tx, asked),
        manifests: await this.manifestsOf(tx, asked),
      };
    });
  }

  private async manifestsOf(tx: Tx, asked: Asked): Promise<readonly object[]> {
    const { tenant, centre, from, to } = asked;
    const rows = await tx.query<ManifestRow>(LAST, [
      ...[tenant, centre, toRowInstant(from), toRowInstant(to)],
    ]);
    const compared: object[] = [];
    for (const { manifest, starts, ends, body, submitted_at: submitted } of rows) {
      const window = { from: fromRowInstant(starts), to: fromRowInstant(ends) };
      const whole = { ...asked, ...window, source: body.source ?? null };
      const comparison = await compareManifest(tx, whole, body);
      compared.push({
        ...toWireComparison(whole, { manifest, body }, comparison),
        submittedAt: formatInstant(fromRowInstant(submitted)),
      });
    }
    return compared;
  }
}
