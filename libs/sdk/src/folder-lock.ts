/**
 * One process at a time has a journal.
 *
 * Shape       a lock whose time is renewed every second and a half; one that was not renewed for
 *             five seconds is that of a process that crashed, and is taken over.
 * Rejections  JOURNAL_LOCKED
 * Source      docs/adr/0040-sdk-journal.md
 */
import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import { SuanpanError } from './errors.js';

const STALE_MS = 5_000;
const RENEW_MS = 1_500;
const ASK_MS = 250;

/** Takes the lock, waiting at most `waitMs`; resolves to what gives it back. */
export const lockFolder = async (
  folder: string,
  waitMs: number,
  onLost: () => void,
): Promise<() => Promise<void>> => {
  const retries = {
    retries: Math.ceil(waitMs / ASK_MS),
    factor: 1,
    minTimeout: ASK_MS,
    maxTimeout: ASK_MS,
  };
  try {
    return await lockfile.lock(folder, {
      lockfilePath: join(folder, 'lock'),
      stale: STALE_MS,
      update: RENEW_MS,
      retries,
      onCompromised: onLost,
    });
  } catch (error) {
    if ((error as { code?: string }).code !== 'ELOCKED') throw error;
    const how = 'Give each process a folder of its own: openMeter({ journal }).';
    throw new SuanpanError('JOURNAL_LOCKED', `Another process has the journal ${folder}. ${how}`);
  }
};
