import { decode } from '@suanpan/messages';

import { type Exact, exactOf } from './exact.js';
import { type TopicLog, recordsOf } from './log.js';

/**
 * Agreements as they were published: which version divided a contract's revenue at an instant.
 *
 * Source      topic `agreement`; scenes.md B
 */
export interface AgreementStep {
  readonly kind: string;
  readonly party: string | null;
  readonly perMillion: Exact | null;
  readonly tokenKinds: readonly string[];
  readonly models: readonly string[];
  readonly parties: readonly { readonly party: string; readonly shareBps: bigint }[];
}

export interface AgreementVersion {
  readonly tenant: string;
  readonly agreement: string;
  readonly version: number;
  readonly currency: string;
  readonly effectiveFrom: bigint;
  readonly contracts: readonly string[];
  readonly steps: readonly AgreementStep[];
}

export class Agreements {
  constructor(
    private readonly versions: readonly AgreementVersion[],
    private readonly ends: ReadonlyMap<string, bigint>,
  ) {}

  /**
   * The version in force; one that names the contract goes before one that covers all, and among
   * those that cover it alike the one in the invoice's currency.
   */
  inForce(
    { tenant, contract }: { readonly tenant: string; readonly contract: string },
    currency: string,
    at: bigint,
  ): AgreementVersion | undefined {
    const latest = new Map<string, AgreementVersion>();
    for (const version of this.versions) {
      const { agreement, effectiveFrom } = version;
      const end = this.ends.get(`${version.tenant} ${agreement}`);
      if (version.tenant !== tenant || effectiveFrom > at) continue;
      if (end !== undefined && at >= end) continue;
      const known = latest.get(agreement);
      if (known === undefined || known.effectiveFrom < effectiveFrom)
        latest.set(agreement, version);
    }
    const held = [...latest.values()];
    const naming = held.filter(({ contracts }) => contracts.includes(contract));
    const covering = naming.length > 0 ? naming : held.filter((one) => one.contracts.length === 0);
    return covering.find((one) => one.currency === currency) ?? covering[0];
  }
}

/** Reads the agreements out of their topic. */
export const readAgreements = (log: TopicLog | undefined): Agreements => {
  const versions: AgreementVersion[] = [];
  const ends = new Map<string, bigint>();
  for (const { value } of recordsOf(log)) {
    const message = decode(value);
    if (message.type === 'agreement.ended') {
      ends.set(`${message.value.tenant} ${message.value.agreement}`, message.value.until);
    }
    if (message.type !== 'agreement.signed') continue;
    const { steps, ...terms } = message.value;
    versions.push({
      ...terms,
      steps: steps.map(({ perMillion, ...step }) => ({
        ...step,
        perMillion: perMillion === null ? null : exactOf(perMillion),
      })),
    });
  }
  return new Agreements(versions, ends);
};
