/**
 * Signs or ends an agreement: one order at a time a tenant, and none while an invoice is divided.
 *
 * Invariant   of two agreements that cover the same, never both hold (AGREEMENT_OVERLAPS). What an
 *             invoice was divided by is what held when its event was appended, so that replay, which
 *             goes by the order of events, decides the same.
 * Rejections  those of libs/profit-share (agreement, agreement-overlap)
 * Source      design rulings R2, R10
 */
import type { EventMeta, Scope, Tx } from '@suanpan/platform-postgres';
import { handleIn } from '@suanpan/platform-postgres';
import type { AgreementCommand, AgreementEvent } from '@suanpan/profit-share';
import { agreement, requireAlone } from '@suanpan/profit-share';
import { fromAgreementBody, toAgreementBody } from './agreement-body.js';
import { fromRowAgreements, projectAgreement, selectAgreements } from './agreement-rows.js';
import { toWireAgreement } from './agreement-wire.js';

const KEY = `hashtextextended(current_schema() || ':agreements:' || $1, 0)`;

const lockAgreements = async (tx: Tx, tenant: string): Promise<void> => {
  await tx.query(`select pg_advisory_xact_lock(${KEY})`, [tenant]);
};

/** Keeps the agreements of the tenant as they are until the transaction ends. */
export const holdAgreements = async (tx: Tx, tenant: string): Promise<void> => {
  await tx.query(`select pg_advisory_xact_lock_shared(${KEY})`, [tenant]);
};

const DIVIDED = `
select distinct agreement_version as version from distribution_base
where tenant = $1 and agreement = $2`;

/** The versions that have divided something; the agreements must be locked. */
const selectDivided = async (tx: Tx, tenant: string, id: string): Promise<readonly number[]> => {
  const rows = await tx.query<{ version: number }>(DIVIDED, [tenant, id]);
  return rows.map(({ version }) => version);
};

const project = async (tx: Tx, tenant: string, event: AgreementEvent): Promise<void> => {
  if (event.type === 'AgreementSigned') {
    const rows = await selectAgreements(tx, tenant);
    const others = rows.filter(({ agreement: id }) => id !== event.agreementId);
    requireAlone(event, fromRowAgreements(others));
  }
  await projectAgreement(tx, tenant, event);
};

/** An order as the door has it: what was divided is looked up under the lock. */
export type AgreementOrdered =
  | Extract<AgreementCommand, { type: 'SignAgreement' }>
  | Omit<Extract<AgreementCommand, { type: 'EndAgreement' }>, 'divided'>;

const commandOf = async (
  tx: Tx,
  tenant: string,
  ordered: AgreementOrdered,
): Promise<AgreementCommand> =>
  ordered.type === 'SignAgreement'
    ? ordered
    : { ...ordered, divided: await selectDivided(tx, tenant, ordered.agreementId) };

/** Runs in the caller's transaction; the operator's scope must have been entered. */
export const handleAgreement = async (
  tx: Tx,
  ordered: AgreementOrdered,
  { scope, meta }: { readonly scope: Scope; readonly meta: EventMeta },
): Promise<readonly AgreementEvent[]> => {
  const { tenant } = scope;
  await lockAgreements(tx, tenant);
  const { events } = await handleIn(
    tx,
    {
      decider: agreement,
      toBody: toAgreementBody,
      fromBody: fromAgreementBody,
      publish: ({ events: decided, stored }) =>
        decided.map((event, i) => toWireAgreement(tenant, event, stored[i]?.recordedAt ?? meta.at)),
      project: async (inside, { events: decided }) => {
        for (const event of decided) await project(inside, tenant, event);
      },
    },
    {
      scope,
      streamId: `agreement:${ordered.agreementId}`,
      meta,
      command: await commandOf(tx, tenant, ordered),
    },
  );
  return events;
};
