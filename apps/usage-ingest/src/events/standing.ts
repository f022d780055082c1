/**
 * Whether a caller may send: its key is not revoked, its centre is known and not suspended.
 *
 * Invariant   a change is seen within a second, in a stream that lasts for hours too.
 * Rejections  CENTRE_UNKNOWN, CENTRE_SUSPENDED 403, UNAUTHENTICATED 401
 * Source      reliability rows B49, S15
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@suanpan/platform-http';
import { ApiKeys, HttpProblem, unauthenticated } from '@suanpan/platform-http';
import { CentreDirectory } from '../centres/centre-directory.js';

@Injectable()
export class Standing {
  constructor(
    @Inject(ApiKeys) private readonly keys: ApiKeys,
    @Inject(CentreDirectory) private readonly centres: CentreDirectory,
  ) {}

  /** The centre of a caller whose key was just shown. */
  async centreOf({ tenant, party }: Pick<Caller, 'party' | 'tenant'>): Promise<string> {
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
    return party;
  }

  /** Throws when a caller of before may not send any more. */
  async check(caller: Caller): Promise<void> {
    if (!(await this.keys.isValid(caller.keyId))) throw unauthenticated('The key was revoked.');
    await this.centreOf(caller);
  }
}
