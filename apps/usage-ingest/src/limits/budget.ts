/**
 * What a centre has left to spend, in this process and together with the others.
 *
 * Shape       a bucket of events and one of bytes, and a count for the UTC day. First this process'
 *             own, exact; then the shared one in Redis, where that answers.
 * Invariant   a request is spent whole or not at all, before anything is written (B27). Redis is
 *             never waited for, and nothing is refused for the lack of it.
 * Rejections  RATE_LIMITED, QUOTA_EXCEEDED 429 with Retry-After
 * Source      issue 4 part 6; reliability rows B27, S50; docs/adr/0022-budgets-of-centres.md
 */
import { HttpProblem } from '@suanpan/platform-http';
import { fullBucket, refilled, takeFrom, waitMsFor } from '@suanpan/usage';
import type { Bucket, BucketRule } from '@suanpan/usage';
import { limitedTotal } from '../events/ingest-metrics.js';
import type { Limits } from './centre-limits.js';
import type { SharedMemory } from './redis.js';
import { giveBackShared, spendShared } from './shared-budget.js';

export interface Cost {
  readonly events: number;
  readonly bytes: number;
}

const MS_PER_SECOND = 1_000;
const MS_PER_DAY = 86_400_000;
const PAUSE_MAX_MS = 1_000;
const ONE: Cost = { events: 1, bytes: 1 };

type Name = 'bytes' | 'events';
const NAMES: readonly Name[] = ['events', 'bytes'];

const ruleOf = (limits: Limits, name: Name): BucketRule => {
  const perSecond = name === 'events' ? limits.eventsPerSecond : limits.bytesPerSecond;
  return { perSecond, burst: perSecond * limits.burstSeconds };
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The wall clock: a day is the calendar's, whatever time is simulated. */
const today = (): string => new Date().toISOString().slice(0, 10);
const msToTomorrow = (): number => MS_PER_DAY - (Date.now() % MS_PER_DAY);

export type Refused = 'QUOTA_EXCEEDED' | 'RATE_LIMITED';

interface Wait {
  readonly code: Refused;
  readonly ms: number;
}

const refusal = ({ code, ms }: Wait): HttpProblem => {
  limitedTotal.inc({ code });
  const seconds = Math.max(1, Math.ceil(ms / MS_PER_SECOND));
  const what = code === 'RATE_LIMITED' ? 'rate' : 'events of the day';
  return new HttpProblem(429, code, {
    detail: `The ${what} of this centre is spent; try again in ${seconds} s. Nothing was written.`,
    headers: { 'Retry-After': String(seconds) },
  });
};

/** One centre's, as this process knows it. */
export class CentreAccount {
  private buckets: Record<Name, Bucket> | undefined;
  private day = { day: '', events: 0 };
  /** Until when the others' spending has left nothing, on this process' clock. */
  private sharedWait: { readonly until: number; readonly code: Refused } | undefined;

  constructor(
    private readonly whose: { readonly tenant: string; readonly centre: string },
    private readonly memory: SharedMemory,
  ) {}

  /** Why nothing at all would pass now. */
  exhausted(limits: Limits): Wait | null {
    const now = performance.now();
    if (this.sharedWait !== undefined && this.sharedWait.until > now) {
      return { code: this.sharedWait.code, ms: this.sharedWait.until - now };
    }
    return this.waitFor(limits, ONE);
  }

  /** Spends all of it and gives null, or spends nothing and says why. */
  async spend(limits: Limits, cost: Cost): Promise<Wait | null> {
    const wait = this.waitFor(limits, cost);
    if (wait !== null) return wait;
    this.take(limits, cost);
    const shared = await spendShared(this.memory, {
      ...this.whose,
      ...{ day: today(), cost, limits },
    });
    if (shared.outcome === 'away' || shared.outcome === 'passed') return null;
    this.giveBackOwn(cost);
    const denied: Wait =
      shared.outcome === 'wait'
        ? { code: 'RATE_LIMITED', ms: shared.waitMs }
        : { code: 'QUOTA_EXCEEDED', ms: msToTomorrow() };
    // A smaller request may still fit into the day, so only the rate is remembered.
    if (denied.code === 'RATE_LIMITED') {
      this.sharedWait = {
        code: denied.code,
        until: performance.now() + Math.min(denied.ms, PAUSE_MAX_MS),
      };
    }
    return denied;
  }

  /** `RateLimit` and `RateLimit-Policy` of the IETF httpapi draft. */
  headers(limits: Limits): Readonly<Record<string, string>> {
    const rule = ruleOf(limits, 'events');
    const { level } = this.refilled(limits).events;
    const fullIn = Math.max(0, Math.ceil((rule.burst - level) / rule.perSecond));
    return {
      'RateLimit-Policy': `"events";q=${rule.burst};w=${limits.burstSeconds}`,
      RateLimit: `"events";r=${Math.max(0, Math.floor(level))};t=${fullIn}`,
    };
  }

  private waitFor(limits: Limits, cost: Cost): Wait | null {
    const { eventsPerDay } = limits;
    if (eventsPerDay !== null && this.eventsToday() + cost.events > eventsPerDay) {
      return { code: 'QUOTA_EXCEEDED', ms: msToTomorrow() };
    }
    const buckets = this.refilled(limits);
    const waits = NAMES.map((name) => waitMsFor(buckets[name], ruleOf(limits, name), cost[name]));
    const ms = Math.max(...waits);
    return ms === 0 ? null : { code: 'RATE_LIMITED', ms };
  }

  private take(limits: Limits, cost: Cost): void {
    const buckets = this.refilled(limits);
    this.buckets = {
      events: takeFrom(buckets.events, ruleOf(limits, 'events'), cost.events).bucket,
      bytes: takeFrom(buckets.bytes, ruleOf(limits, 'bytes'), cost.bytes).bucket,
    };
    this.day = { day: today(), events: this.eventsToday() + cost.events };
  }

  /** What was spent for nothing: it was not written. */
  async giveBack(cost: Cost): Promise<void> {
    this.giveBackOwn(cost);
    await giveBackShared(this.memory, { ...this.whose, day: today(), cost });
  }

  private giveBackOwn(cost: Cost): void {
    if (this.buckets === undefined) return;
    const { events, bytes } = this.buckets;
    this.buckets = {
      events: { ...events, level: events.level + cost.events },
      bytes: { ...bytes, level: bytes.level + cost.bytes },
    };
    this.day = { ...this.day, events: Math.max(0, this.day.events - cost.events) };
  }

  private refilled(limits: Limits): Record<Name, Bucket> {
    const now = performance.now();
    const of = (name: Name): Bucket => {
      const rule = ruleOf(limits, name);
      return refilled(this.buckets?.[name] ?? fullBucket(rule, now), rule, now);
    };
    return { events: of('events'), bytes: of('bytes') };
  }

  private eventsToday(): number {
    return this.day.day === today() ? this.day.events : 0;
  }
}

/** The account of one centre with the limits that hold at each moment. */
export class Budget {
  constructor(
    private readonly account: CentreAccount,
    private readonly limits: () => Promise<Limits>,
  ) {}

  /** Throws when nothing at all would pass, before a body is read. */
  async precheck(): Promise<void> {
    const wait = this.account.exhausted(await this.limits());
    if (wait !== null) throw refusal(wait);
  }

  /** Spends it or throws. */
  async spend(cost: Cost): Promise<void> {
    const wait = await this.account.spend(await this.limits(), cost);
    if (wait !== null) throw refusal(wait);
  }

  /** Takes back what was spent and then not written. Asks no store that may be away, never throws. */
  async giveBack(cost: Cost): Promise<void> {
    await this.account.giveBack(cost);
  }

  /** Waits until it is spent; throws when that would take longer than `patienceMs`. */
  async pace(cost: Cost, patienceMs: number): Promise<void> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const wait = await this.account.spend(await this.limits(), cost);
      if (wait === null) return;
      if (performance.now() + wait.ms > end) throw refusal(wait);
      await sleep(Math.min(wait.ms, PAUSE_MAX_MS));
    }
  }

  /** How many events make a portion that passes at once after a rest. */
  async portion(max: number): Promise<number> {
    const { eventsPerSecond, burstSeconds } = await this.limits();
    return Math.max(1, Math.min(max, eventsPerSecond * burstSeconds));
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    return this.account.headers(await this.limits());
  }
}
