import type { Database } from '@suanpan/platform-postgres';

/** The service's database, as routes of the platform use it. */
export const DATABASE = Symbol('HTTP_DATABASE');
export const ANSWER_SEAL = Symbol('HTTP_ANSWER_SEAL');

export interface DatabaseHolder {
  readonly db: Database;
  readonly accessSchema: string;
}
