/**
 * Keeps the tables in step with the events, the same way when they happen and in replay.
 *
 * Shape       one dispatch by type; what is written is read from the stored body alone.
 * Invariant   the tables are a function of the events in the order of their append (R2).
 */
import { Defect } from '@suanpan/event-sourcing';
import type { StoredEvent, Tx } from '@suanpan/platform-postgres';
import { COUNTERPARTY_REGISTERED, projectCounterparty } from './counterparties/counterparty.js';
import { RATES_PUBLISHED, projectRates } from './fx-rates/rates-of-day.js';
import { LEGAL_ENTITY_REGISTERED, projectLegalEntity } from './legal-entities/legal-entity.js';
import { projectPayableBooked, projectPayableCleared } from './payables/payable-rows.js';
import { projectReceiptEvent } from './receipts/receipt-rows.js';
import {
  projectReceivableBooked,
  projectReceivableCleared,
} from './receivables/receivable-rows.js';
import { SETTLEMENT_COMPLETED } from './settlements/settlement-fact.js';
import { projectSettlement } from './settlements/settlement-rows.js';

type Project = (tx: Tx, event: StoredEvent) => Promise<void>;

const isPayable = ({ streamId }: StoredEvent): boolean => streamId.startsWith('payable:');

const bySide =
  (payable: Project, receivable: Project): Project =>
  (tx, event) =>
    isPayable(event) ? payable(tx, event) : receivable(tx, event);

const projections: Readonly<Record<string, Project>> = {
  [LEGAL_ENTITY_REGISTERED]: projectLegalEntity,
  [COUNTERPARTY_REGISTERED]: projectCounterparty,
  [RATES_PUBLISHED]: projectRates,
  ItemBooked: bySide(projectPayableBooked, projectReceivableBooked),
  ItemCleared: bySide(projectPayableCleared, projectReceivableCleared),
  ReceiptPosted: projectReceiptEvent,
  ReceiptMatched: projectReceiptEvent,
  ReceiptHeld: projectReceiptEvent,
  [SETTLEMENT_COMPLETED]: projectSettlement,
};

/** Writes what one stored event means; its tenant must have been entered. */
export const projectEvent = async (tx: Tx, event: StoredEvent): Promise<void> => {
  const project = projections[event.type];
  if (project === undefined) throw new Defect('UNKNOWN_EVENT', `${event.streamId}: ${event.type}`);
  await project(tx, event);
};

/** The `project` of every command here. */
export const projectStored = async (
  tx: Tx,
  { stored }: { readonly stored: readonly StoredEvent[] },
): Promise<void> => {
  for (const event of stored) await projectEvent(tx, event);
};
