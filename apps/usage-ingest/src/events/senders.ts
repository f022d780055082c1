/** What the rules of admission need to know about a caller, from its key and the directory. */
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import { admitEvent } from '@suanpan/usage';
import type { Admitted, Sender } from '@suanpan/usage';
import { CLOCK, SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';
import type { Origin } from './refused-records.js';
import { Standing } from './standing.js';

/** What a door makes of one item: its own event, or another form that ends in the same admission. */
export type Judge = (value: unknown, sender: Sender) => Admitted;

export interface SenderOf {
  readonly origin: Origin;
  readonly judge: Judge;
  /** As of now: a stream may last for hours. */
  readonly sender: () => Sender;
  /** Throws when the caller may not send any more. */
  readonly check: () => Promise<void>;
}

@Injectable()
export class Senders {
  constructor(
    @Inject(Standing) private readonly standing: Standing,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {}

  async of(caller: Caller, requestId: string): Promise<SenderOf> {
    const { tenant, sources, keyId } = caller;
    const centre = await this.standing.centreOf(caller);
    const { lateLimit } = this.settings;
    return {
      origin: { tenant, centre, credential: keyId, requestId },
      judge: admitEvent,
      check: () => this.standing.check(caller),
      sender: () => ({
        ...{ tenant, sources, centre, lateLimit },
        isActive: (other) => other === centre,
        now: this.clock.now(),
      }),
    };
  }
}
