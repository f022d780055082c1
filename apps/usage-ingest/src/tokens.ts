import type { Limits } from './limits/centre-limits.js';

export const SERVICE = 'usage-ingest';

/** What the capabilities of this service are given. */
export const DATABASE = Symbol('DATABASE');
export const PRODUCER = Symbol('PRODUCER');
export const VAULT = Symbol('VAULT');
export const CLOCK = Symbol('CLOCK');
export const SETTINGS = Symbol('SETTINGS');
export const SHARED_MEMORY = Symbol('SHARED_MEMORY');

export interface IngestSettings {
  /** How late an event may come, in microseconds. */
  readonly lateLimit: bigint;
  readonly accessSchema: string;
  /** What a centre may send, where an operator has set nothing else. */
  readonly usualLimits: Limits;
  /** 64 hexadecimal digits. */
  readonly vaultKey: string;
  /** The time limits of bodies, in milliseconds. */
  readonly batchTotalMs: number;
  readonly streamSilenceMs: number;
  /** Where files lie until they are read, and how large one may be, in bytes. */
  readonly importsDir: string;
  readonly importBytesMax: number;
}
