/**
 * Agreements as rows: for screens, and for dividing invoices without folding every stream.
 *
 * Invariant   the rows are a projection of the agreement streams and can be rebuilt.
 */
import type { Agreement, AgreementEvent, AgreementVersion } from '@suanpan/profit-share';
import { canonicalJson } from '@suanpan/event-sourcing';
import { fromRowInstant, toRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import { fromStepsBody, toStepBody } from './agreement-body.js';

const SIGN = `
insert into agreement_version
  (tenant, agreement, version, currency, effective_from, contracts, steps)
values ($1, $2, $3, $4, $5, $6, $7)`;

const projectSigned = async (tx: Tx, tenant: string, signed: AgreementVersion): Promise<void> => {
  await tx.query(SIGN, [
    tenant,
    signed.agreementId,
    signed.version,
    signed.currency,
    toRowInstant(signed.effectiveFrom),
    signed.contracts,
    canonicalJson(signed.steps.map(toStepBody)),
  ]);
};

/** Keeps the rows in step with a stream. */
export const projectAgreement = async (
  tx: Tx,
  tenant: string,
  event: AgreementEvent,
): Promise<void> => {
  switch (event.type) {
    case 'AgreementSigned':
      return projectSigned(tx, tenant, event);
    case 'AgreementEnded':
      await tx.query(
        `update agreement_version set effective_until = $3 where tenant = $1 and agreement = $2`,
        [tenant, event.agreementId, toRowInstant(event.effectiveUntil)],
      );
  }
};

export interface AgreementRow {
  readonly agreement: string;
  readonly version: number;
  readonly currency: string;
  readonly effective_from: string;
  readonly effective_until: string | null;
  readonly contracts: readonly string[];
  readonly steps: unknown;
}

const SELECT = `
select agreement, version, currency, effective_from, effective_until, contracts, steps
from agreement_version where tenant = $1 order by agreement, version`;

export const selectAgreements = (tx: Tx, tenant: string): Promise<AgreementRow[]> =>
  tx.query<AgreementRow>(SELECT, [tenant]);

const fromRowVersion = (row: AgreementRow): AgreementVersion => ({
  agreementId: row.agreement,
  version: row.version,
  currency: row.currency,
  effectiveFrom: fromRowInstant(row.effective_from),
  contracts: row.contracts,
  steps: fromStepsBody(row.steps),
});

/** The aggregates that the rows of a tenant stand for, in the order of their names. */
export const fromRowAgreements = (rows: readonly AgreementRow[]): readonly Agreement[] => {
  const byName = new Map<string, AgreementRow[]>();
  for (const row of rows) byName.set(row.agreement, [...(byName.get(row.agreement) ?? []), row]);
  return [...byName.values()].map((own): Agreement => {
    const versions = own.map(fromRowVersion);
    const until = own[0]?.effective_until ?? null;
    if (until === null) return { status: 'active', versions };
    return { status: 'ended', versions, effectiveUntil: fromRowInstant(until) };
  });
};
