/**
 * Takes rows of a file through the door for events: the same admission, the same log.
 *
 * Invariant   it returns after the log has them, of the accepted and of the refused; a dry run writes
 *             nothing.
 * Source      design 3.1
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@suanpan/platform-http';
import type { Sender } from '@suanpan/usage';
import { Admission } from '../events/admission.js';
import { Recorder } from '../events/recorder.js';
import { OWN_DOOR, Senders } from '../events/senders.js';
import type { ImportRowRecord } from './import-record.js';
import type { ImportRow } from './row.js';

/** The caller that handed the file in, as it stands now. */
const callerOf = (row: ImportRowRecord): Caller => {
  const { tenant, centre, credential, sources, contracts, scopes, operator } = row;
  const role = operator ? 'operator' : 'centre';
  return { tenant, role, party: centre, keyId: credential, sources, contracts, scopes };
};

@Injectable()
export class ChunkDoor {
  constructor(
    @Inject(Senders) private readonly senders: Senders,
    @Inject(Recorder) private readonly recorder: Recorder,
  ) {}

  /** What became of the rows; throws when the key or the centre may not send any more. */
  async take(row: ImportRowRecord, chunk: readonly ImportRow[]): Promise<Admission> {
    const from = await this.senders.of(callerOf(row), row.import_id, OWN_DOOR);
    await from.check();
    // The operator may speak for each source of the centre that it names.
    const anySource = (): Sender => ({ ...from.sender(), sources: null });
    const admission = new Admission(row.operator ? { ...from, sender: anySource } : from);
    for (const { item } of chunk) admission.take(item);
    if (!row.dry_run) await this.recorder.record(admission, from.origin);
    return admission;
  }
}
