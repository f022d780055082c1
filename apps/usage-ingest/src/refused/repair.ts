/**
 * Puts a corrected event in the place of a refused one.
 *
 * Invariant   the event is judged as the centre's own; refused, it changes nothing.
 * Rejections  NOT_OPEN 409; those of admission 422; CENTRE_UNKNOWN, CENTRE_SUSPENDED,
 *             CENTRE_WITHOUT_KEY 403
 * Source      issue 4 part 5; docs/adr/0050-refused-events-again.md
 */
import { Inject, Injectable } from '@nestjs/common';
import { valueRefused } from '@suanpan/platform-http';
import { admitEvent } from '@suanpan/usage';
import { readLine } from '../events/read-line.js';
import type { Asked } from './asked.js';
import { CentreRules } from './centre-rules.js';
import { judgeAgain } from './outcome.js';
import type { RecordPlace, RefusedRow } from './refused-row.js';
import { notOpen, RefusedStore } from './refused-store.js';

@Injectable()
export class Repair {
  constructor(
    @Inject(RefusedStore) private readonly store: RefusedStore,
    @Inject(CentreRules) private readonly rules: CentreRules,
  ) {}

  /** `asked.body` is an event of our own form. */
  async run(asked: Asked, place: RecordPlace): Promise<RefusedRow> {
    const row = await this.store.row(asked, place);
    if (row.status !== 'open') throw notOpen(row);
    const { caller, requestId, body } = asked;
    const { centre } = row;
    const senders = await this.rules.of(caller, centre);
    const origin = { tenant: caller.tenant, centre, credential: caller.keyId, requestId };
    const item = readLine({ number: 0, bytes: body });
    const outcome = judgeAgain(place, item, { origin, judge: admitEvent, senders });
    if (outcome.refusal !== null) {
      const { code, path, detail } = outcome.refusal;
      throw valueRefused(code, path, detail);
    }
    const settled = await this.store.settle(asked, { outcomes: [outcome], as: 'repaired' });
    const now = await this.store.row(asked, place);
    if (settled.length === 0) throw notOpen(now);
    return now;
  }
}
