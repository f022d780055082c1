/**
 * Which version a program says it is.
 *
 * Owns        reading the major version out of `--version` texts, and the least we need.
 * Source      Kafka 4.3 needs Java 17; the migrations are written for PostgreSQL 15 (R26);
 *             BullMQ recommends Redis 6.2.
 */
export const LEAST = { java: 17, postgres: 15, redis: 6 } as const;

const firstNumber = (text: string, pattern: RegExp): number | null => {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
};

/** `openjdk version "17.0.15"` → 17; the old `"1.8.0_392"` → 8. */
export const javaMajor = (text: string): number | null => {
  const major = firstNumber(text, /version "(\d+)/);
  return major === 1 ? firstNumber(text, /version "1\.(\d+)/) : major;
};

/** `postgres (PostgreSQL) 15.13 (Debian …)` → 15. */
export const postgresMajor = (text: string): number | null =>
  firstNumber(text, /\(PostgreSQL\) (\d+)/);

/** `Redis server v=7.0.15 sha=…` → 7. */
export const redisMajor = (text: string): number | null => firstNumber(text, /v=(\d+)\./);
