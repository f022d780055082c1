/** What a door needs to know about a caller, from its key and the directories. */
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@suanpan/platform-http';
import { admitEvent } from '@suanpan/usage';
import type { Admitted, Sender } from '@suanpan/usage';
import type { Budget } from '../limits/budget.js';
import { Budgets } from '../limits/budgets.js';
import type { Origin } from './refused-records.js';
import { SenderRules } from './sender-rules.js';
import { Standing } from './standing.js';

/** The door of events in our own form; others are `usage/` and a dialect. */
export const OWN_DOOR = 'events';

/** What a door makes of one item: its own event, or another form that ends in the same admission. */
export type Judge = (value: unknown, sender: Sender) => Admitted;

export interface SenderOf {
  /** With the budget, which the recorder spends. */
  readonly origin: Origin;
  readonly judge: Judge;
  /** As of now: a stream may last for hours. */
  readonly sender: () => Sender;
  /** Throws when the caller may not send any more; else looks its rules up again. */
  readonly check: () => Promise<void>;
  readonly budget: Budget;
}

@Injectable()
export class Senders {
  constructor(
    @Inject(Standing) private readonly standing: Standing,
    @Inject(SenderRules) private readonly rules: SenderRules,
    @Inject(Budgets) private readonly budgets: Budgets,
  ) {}

  /** With the name of a door, what it refuses can be read again (../refused/raw-forms). */
  async of(caller: Caller, requestId: string, door?: string): Promise<SenderOf> {
    const { tenant, sources, contracts, scopes, keyId } = caller;
    const centre = await this.standing.centreOf(caller);
    const mayBackfill = scopes.includes('backfill');
    const rules = await this.rules.of({ tenant, centre, sources, contracts, mayBackfill });
    const budget = this.budgets.of(tenant, centre);
    return {
      budget,
      judge: admitEvent,
      origin: { tenant, centre, credential: keyId, requestId, budget, door },
      sender: rules.sender,
      check: async () => {
        await this.standing.check(caller);
        await rules.refresh();
      },
    };
  }
}
