/**
 * The accounts of all centres that this process serves.
 *
 * Invariant   bounded: the account unused for longest is forgotten, and begins anew full.
 */
import { Inject, Injectable } from '@nestjs/common';
import { SHARED_MEMORY } from '../tokens.js';
import { Budget, CentreAccount } from './budget.js';
import { CentreLimits } from './centre-limits.js';
import { SharedMemory } from './redis.js';

const ACCOUNTS_MAX = 10_000;

@Injectable()
export class Budgets {
  private readonly accounts = new Map<string, CentreAccount>();

  constructor(
    @Inject(CentreLimits) private readonly limits: CentreLimits,
    @Inject(SHARED_MEMORY) private readonly memory: SharedMemory,
  ) {}

  of(tenant: string, centre: string): Budget {
    return new Budget(this.account(tenant, centre), () => this.limits.of(tenant, centre));
  }

  private account(tenant: string, centre: string): CentreAccount {
    const key = JSON.stringify([tenant, centre]);
    const account = this.accounts.get(key) ?? new CentreAccount({ tenant, centre }, this.memory);
    this.accounts.delete(key);
    this.accounts.set(key, account);
    const [oldest] = this.accounts.keys();
    if (this.accounts.size > ACCOUNTS_MAX && oldest !== undefined) this.accounts.delete(oldest);
    return account;
  }
}
