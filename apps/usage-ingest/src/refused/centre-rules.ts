/**
 * By whose rules a centre's event is judged when the key that it came with is not shown.
 *
 * Invariant   nothing is let in that the centre could not send itself now: one of the keys that it
 *             holds must let the event in whole, with its source, contract and age.
 * Rejections  CENTRE_UNKNOWN, CENTRE_SUSPENDED, CENTRE_WITHOUT_KEY 403
 * Source      docs/adr/0050-refused-events-again.md; reliability rows B49, S03
 */
import { Inject, Injectable } from '@nestjs/common';
import { HttpProblem } from '@suanpan/platform-http';
import type { Caller } from '@suanpan/platform-http';
import type { Sender } from '@suanpan/usage';
import { SenderRules } from '../events/sender-rules.js';
import { Standing } from '../events/standing.js';
import { CentreKeys } from './centre-keys.js';
import type { KeyRights } from './centre-keys.js';

/** As what a centre may send: not empty. */
export type Senders = readonly [Sender, ...Sender[]];

@Injectable()
export class CentreRules {
  constructor(
    @Inject(Standing) private readonly standing: Standing,
    @Inject(SenderRules) private readonly rules: SenderRules,
    @Inject(CentreKeys) private readonly keys: CentreKeys,
  ) {}

  /** One sender for each key: the caller's when it is the centre itself, else all of the centre's. */
  async of(caller: Caller, centre: string): Promise<Senders> {
    const { tenant } = caller;
    await this.standing.centreOf({ tenant, party: centre });
    const senders: Sender[] = [];
    for (const rights of await this.rightsOf(caller, centre)) {
      senders.push((await this.rules.of({ tenant, centre, ...rights })).sender());
    }
    const [first, ...others] = senders;
    if (first === undefined) {
      const detail = `The centre ${centre} holds no key that may send.`;
      throw new HttpProblem(403, 'CENTRE_WITHOUT_KEY', detail);
    }
    return [first, ...others];
  }

  private async rightsOf(caller: Caller, centre: string): Promise<readonly KeyRights[]> {
    const { role, tenant, sources, contracts, scopes } = caller;
    if (role !== 'centre') return this.keys.of(tenant, centre);
    return [{ sources, contracts, mayBackfill: scopes.includes('backfill') }];
  }
}
