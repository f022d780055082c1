/**
 * How much each centre may send: the usual limits of the environment, and what an operator has set
 * for one centre in their place.
 *
 * Units       events and bytes (inflated) per second, seconds of burst, events per UTC day
 * Source      issue 4 part 6; reliability rows B27, S50
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '@suanpan/platform-postgres';
import { Remembered } from '../remembered.js';
import { DATABASE, SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';

export interface Limits {
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
  /** How many seconds' worth may come at once after a rest. */
  readonly burstSeconds: number;
  /** Null: no daily limit. */
  readonly eventsPerDay: number | null;
}

/** What is set for one centre; null: as usual. */
export type OwnLimits = { readonly [Name in keyof Limits]: number | null };

export const NO_OWN_LIMITS: OwnLimits = {
  eventsPerSecond: null,
  bytesPerSecond: null,
  burstSeconds: null,
  eventsPerDay: null,
};

interface LimitsRow {
  readonly events_per_second: number | null;
  readonly bytes_per_second: number | null;
  readonly burst_seconds: number | null;
  readonly events_per_day: string | null;
}

const READ = `
select events_per_second, bytes_per_second, burst_seconds, events_per_day
from centre_limit where centre = $1`;

const SET = `
insert into centre_limit (tenant, centre, events_per_second, bytes_per_second, burst_seconds,
  events_per_day, set_by)
select tenant, centre, $2, $3, $4, $5, $6 from centre where centre = $1
on conflict (tenant, centre) do update
set events_per_second = excluded.events_per_second, bytes_per_second = excluded.bytes_per_second,
  burst_seconds = excluded.burst_seconds, events_per_day = excluded.events_per_day,
  set_by = excluded.set_by, set_at = clock_timestamp()
returning centre`;

const fromRow = (row: LimitsRow | undefined): OwnLimits => ({
  eventsPerSecond: row?.events_per_second ?? null,
  bytesPerSecond: row?.bytes_per_second ?? null,
  burstSeconds: row?.burst_seconds ?? null,
  eventsPerDay:
    row?.events_per_day === null || row === undefined ? null : Number(row.events_per_day),
});

@Injectable()
export class CentreLimits {
  private readonly own = new Remembered(([tenant = '', centre = '']) => this.load(tenant, centre));

  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {}

  ownOf(tenant: string, centre: string): Promise<OwnLimits> {
    return this.own.get(tenant, centre);
  }

  /** What holds for a centre. */
  async of(tenant: string, centre: string): Promise<Limits> {
    const own = await this.ownOf(tenant, centre);
    const { usualLimits } = this.settings;
    return {
      eventsPerSecond: own.eventsPerSecond ?? usualLimits.eventsPerSecond,
      bytesPerSecond: own.bytesPerSecond ?? usualLimits.bytesPerSecond,
      burstSeconds: own.burstSeconds ?? usualLimits.burstSeconds,
      eventsPerDay: own.eventsPerDay ?? usualLimits.eventsPerDay,
    };
  }

  /** False when the tenant has no such centre. */
  async set(
    { tenant, centre }: { readonly tenant: string; readonly centre: string },
    limits: OwnLimits,
    by: string,
  ): Promise<boolean> {
    const { eventsPerSecond, bytesPerSecond, burstSeconds, eventsPerDay } = limits;
    const rows = await this.db.inTenant({ tenant }, (tx) =>
      tx.query(SET, [centre, eventsPerSecond, bytesPerSecond, burstSeconds, eventsPerDay, by]),
    );
    this.own.forget(tenant, centre);
    return rows.length > 0;
  }

  private async load(tenant: string, centre: string): Promise<OwnLimits> {
    const rows = await this.db.inTenant({ tenant }, (tx) => tx.query<LimitsRow>(READ, [centre]));
    return fromRow(rows[0]);
  }
}
