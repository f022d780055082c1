/**
 * How much may pass in a stretch of time: a bucket that fills at a steady rate up to its burst.
 *
 * Units       nowMs: milliseconds of a clock that never goes back; sizes are events or bytes
 * Invariant   what passes in t seconds is at most burst + rate × t + one request. A request larger
 *             than the burst waits for a full bucket and leaves a debt, so that none is unsendable
 *             and the mean rate still holds.
 * Source      issue 4 part 6; reliability rows B27, S50
 */
export interface BucketRule {
  readonly perSecond: number;
  /** What a rested bucket holds. */
  readonly burst: number;
}

export interface Bucket {
  /** Below zero: a debt. */
  readonly level: number;
  readonly atMs: number;
}

export interface Taken {
  readonly bucket: Bucket;
  /** 0 when it passed; else after how long the same request may be tried again. */
  readonly waitMs: number;
}

const MS_PER_SECOND = 1_000;

export const fullBucket = ({ burst }: BucketRule, nowMs: number): Bucket => ({
  level: burst,
  atMs: nowMs,
});

/** The bucket as it stands now. A burst that was made smaller spills. */
export const refilled = (bucket: Bucket, rule: BucketRule, nowMs: number): Bucket => {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const level = bucket.level + (elapsedMs * rule.perSecond) / MS_PER_SECOND;
  return { level: Math.min(level, rule.burst), atMs: Math.max(nowMs, bucket.atMs) };
};

/** How long until the bucket lets `size` pass; 0 when it does now. */
export const waitMsFor = ({ level }: Bucket, rule: BucketRule, size: number): number => {
  const missing = Math.min(size, rule.burst) - level;
  return missing <= 0 ? 0 : Math.ceil((missing * MS_PER_SECOND) / rule.perSecond);
};

/** Takes `size` whole or not at all. */
export const takeFrom = (bucket: Bucket, rule: BucketRule, size: number): Taken => {
  const waitMs = waitMsFor(bucket, rule, size);
  if (waitMs > 0) return { bucket, waitMs };
  return { bucket: { ...bucket, level: bucket.level - size }, waitMs: 0 };
};
