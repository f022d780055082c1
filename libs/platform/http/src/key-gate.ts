/**
 * Tells whose a presented key is, and bounds the tries of keys that are nobody's.
 *
 * Rejections  UNAUTHENTICATED 401, TOO_MANY_FAILED_KEYS 429
 * Source      reliability rows S15, S17
 */
import { Inject, Injectable } from '@nestjs/common';
import { ApiKeys } from './api-keys.js';
import type { Shown } from './api-keys.js';
import { unauthenticated } from './caller.js';
import { FailedKeys } from './failed-keys.js';

@Injectable()
export class KeyGate {
  constructor(
    @Inject(ApiKeys) private readonly keys: ApiKeys,
    @Inject(FailedKeys) private readonly failed: FailedKeys,
  ) {}

  /** Who shows the key, from an address of the network. */
  async identify(presented: string, address: string): Promise<Shown> {
    const isKnown = this.keys.isKnown(presented);
    if (!isKnown) this.failed.begin(address);
    const shown = await this.keys.shown(presented);
    if (shown === null) {
      this.failed.note();
      throw unauthenticated('The API key is unknown, ended or revoked.');
    }
    if (!isKnown) this.failed.forgive(address);
    return shown;
  }
}
