/**
 * What the rules of admission need to know about a caller, from its key and the directory.
 *
 * Rejections  CENTRE_UNKNOWN, CENTRE_SUSPENDED 403
 * Source      reliability row B49
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@suanpan/platform-http';
import { HttpProblem } from '@suanpan/platform-http';
import type { Clock } from '@suanpan/platform-observability';
import type { Sender } from '@suanpan/usage';
import { CentreDirectory } from '../centres/centre-directory.js';
import { CLOCK, SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';
import type { Origin } from './refused-records.js';

export interface SenderOf {
  readonly origin: Origin;
  /** As of now: a stream may last for hours. */
  readonly sender: () => Sender;
}

@Injectable()
export class Senders {
  constructor(
    @Inject(CentreDirectory) private readonly centres: CentreDirectory,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {}

  async of(caller: Caller, requestId: string): Promise<SenderOf> {
    const { tenant, party, sources } = caller;
    const status = party === null ? null : await this.centres.statusOf(tenant, party);
    if (party === null || status === null) {
      throw new HttpProblem(
        403,
        'CENTRE_UNKNOWN',
        'The centre of this key is not in the directory.',
      );
    }
    if (status === 'suspended') {
      throw new HttpProblem(403, 'CENTRE_SUSPENDED', `The centre ${party} is suspended.`);
    }
    const { lateLimit } = this.settings;
    return {
      origin: { tenant, centre: party, requestId },
      sender: () => ({
        tenant,
        sources,
        centre: party,
        isActive: (centre) => centre === party,
        now: this.clock.now(),
        lateLimit,
      }),
    };
  }
}
