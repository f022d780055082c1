/**
 * The budget that all processes of the service spend together, in Redis.
 *
 * Shape       one script a request: two buckets and the day's count are looked at and, when all
 *             allow it, spent at once. The arithmetic is that of libs/usage/token-bucket, on the
 *             clock of Redis.
 * Source      issue 4 part 6
 */
import type { Cost } from './budget.js';
import type { Limits } from './centre-limits.js';
import { scriptOf } from './redis.js';
import type { SharedMemory } from './redis.js';

const SPEND = scriptOf(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = redis.call('HMGET', KEYS[1], 'events', 'bytes', 'at')
local at = tonumber(before[3]) or now
local function level(text, perSecond, burst)
  local grown = (tonumber(text) or burst) + math.max(0, now - at) * perSecond / 1000
  return math.min(grown, burst)
end
local function wait(level, amount, perSecond, burst)
  local missing = math.min(amount, burst) - level
  if missing <= 0 then return 0 end
  return math.ceil(missing * 1000 / perSecond)
end
local eventsRate, eventsBurst = tonumber(ARGV[1]), tonumber(ARGV[2])
local bytesRate, bytesBurst = tonumber(ARGV[3]), tonumber(ARGV[4])
local events, bytes, dayMax = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local day = tonumber(redis.call('GET', KEYS[2])) or 0
if dayMax > 0 and day + events > dayMax then return {-1, day} end
local eventsLevel = level(before[1], eventsRate, eventsBurst)
local bytesLevel = level(before[2], bytesRate, bytesBurst)
local ms = math.max(wait(eventsLevel, events, eventsRate, eventsBurst),
                    wait(bytesLevel, bytes, bytesRate, bytesBurst))
if ms > 0 then return {ms, day} end
redis.call('HSET', KEYS[1], 'events', tostring(eventsLevel - events),
  'bytes', tostring(bytesLevel - bytes), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], 86400000)
redis.call('INCRBY', KEYS[2], events)
redis.call('PEXPIRE', KEYS[2], 172800000)
return {0, day + events}`);

const GIVE_BACK = scriptOf(`
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBYFLOAT', KEYS[1], 'events', ARGV[1])
  redis.call('HINCRBYFLOAT', KEYS[1], 'bytes', ARGV[2])
end
local day = tonumber(redis.call('GET', KEYS[2])) or 0
if day > 0 then redis.call('DECRBY', KEYS[2], math.min(day, tonumber(ARGV[1]))) end`);

export type SharedAnswer =
  | { readonly outcome: 'away' }
  | { readonly outcome: 'day-spent' }
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'wait'; readonly waitMs: number };

export interface Spent {
  readonly tenant: string;
  readonly centre: string;
  /** The UTC day. */
  readonly day: string;
  readonly cost: Cost;
}

export interface Spending extends Spent {
  readonly limits: Limits;
}

const toAnswer = (waitMs: number): SharedAnswer => {
  if (waitMs < 0) return { outcome: 'day-spent' };
  return waitMs === 0 ? { outcome: 'passed' } : { outcome: 'wait', waitMs };
};

const keysOf = (
  memory: SharedMemory,
  { tenant, centre, day }: Spent,
): readonly [bucket: string, day: string] => [
  memory.key('bucket', tenant, centre),
  memory.key('day', tenant, centre, day),
];

/** Gives back what was spent and not used; nothing where Redis is away. */
export const giveBackShared = async (memory: SharedMemory, spent: Spent): Promise<void> => {
  const { events, bytes } = spent.cost;
  await memory.run(GIVE_BACK, keysOf(memory, spent), [events, bytes]);
};

/** Spends all of it, or nothing. */
export const spendShared = async (
  memory: SharedMemory,
  spending: Spending,
): Promise<SharedAnswer> => {
  const { cost, limits } = spending;
  const { eventsPerSecond, bytesPerSecond, burstSeconds, eventsPerDay } = limits;
  const answer = await memory.run(SPEND, keysOf(memory, spending), [
    ...[eventsPerSecond, eventsPerSecond * burstSeconds],
    ...[bytesPerSecond, bytesPerSecond * burstSeconds],
    ...[cost.events, cost.bytes, eventsPerDay ?? 0],
  ]);
  if (!Array.isArray(answer)) return { outcome: 'away' };
  return toAnswer(Number(answer[0]));
};
