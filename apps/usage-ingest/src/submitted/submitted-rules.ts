/** What the rules of admission are told of a centre's own topic, as of now. */
import { Inject, Injectable } from '@nestjs/common';
import type { Sender } from '@suanpan/usage';
import { SenderRules } from '../events/sender-rules.js';
import { Standing } from '../events/standing.js';
import type { Budget } from '../limits/budget.js';
import { Budgets } from '../limits/budgets.js';
import type { Registration } from './topic-registry.js';

@Injectable()
export class SubmittedRules {
  constructor(
    @Inject(Standing) private readonly standing: Standing,
    @Inject(SenderRules) private readonly rules: SenderRules,
    @Inject(Budgets) private readonly budgets: Budgets,
  ) {}

  /** Throws when the centre is unknown or suspended. */
  async of(
    registration: Registration,
  ): Promise<{ readonly budget: Budget; readonly sender: () => Sender }> {
    const { tenant, centre } = registration;
    await this.standing.centreOf({ tenant, party: centre });
    const { sender } = await this.rules.of(registration);
    return { budget: this.budgets.of(tenant, centre), sender };
  }
}
