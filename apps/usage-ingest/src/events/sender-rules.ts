/**
 * What the rules of admission are told of a credential and its tenant: contracts, late limits, the
 * moment.
 *
 * Source      ruling R18 (the directory lives here), reliability rows B46, S03
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@suanpan/platform-observability';
import type { Sender } from '@suanpan/usage';
import { ContractDirectory } from '../contracts/contract-directory.js';
import { CLOCK, SETTINGS } from '../tokens.js';
import type { IngestSettings } from '../tokens.js';

/** What a credential says: an API key's, or that of a centre's own topic. */
export interface Credential {
  readonly tenant: string;
  readonly centre: string;
  readonly sources: readonly string[];
  readonly contracts: readonly string[] | null;
  readonly mayBackfill: boolean;
}

export interface LiveRules {
  /** As of now. */
  readonly sender: () => Sender;
  /** Looks up again what may have changed. */
  readonly refresh: () => Promise<void>;
}

@Injectable()
export class SenderRules {
  constructor(
    @Inject(ContractDirectory) private readonly contracts: ContractDirectory,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {}

  async of(credential: Credential): Promise<LiveRules> {
    const { tenant, centre, sources, contracts, mayBackfill } = credential;
    const { lateLimit } = this.settings;
    let lateLimits = await this.contracts.lateLimits(tenant);
    return {
      refresh: async () => {
        lateLimits = await this.contracts.lateLimits(tenant);
      },
      sender: () => ({
        ...{ tenant, centre, sources, contracts, mayBackfill, lateLimit, lateLimits },
        isActive: (other) => other === centre,
        now: this.clock.now(),
      }),
    };
  }
}
