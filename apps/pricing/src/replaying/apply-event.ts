/**
 * Applies a stored fact to the projections of another schema, as the command did when it happened.
 *
 * Invariant   the same projection functions as the commands use; what a fact says about usage (the
 *             sums of a close, the events that were rated later) is found again, and compared.
 * Source      ruling R2
 */
import type { Database, StoredEvent, Tx } from '@suanpan/platform-postgres';
import { z } from 'zod';
import { fromRowContractEvent, projectContractEvent } from '../contracts/contract-stream.js';
import { cutMark, markCatalogue } from '../cuts/cut.js';
import type { Cut } from '../cuts/cut.js';
import { fromRowInvoiceEvent, projectInvoice } from '../invoices/invoice-stream.js';
import { postedSums } from '../periods/billable-sums.js';
import { fromRowPeriodEvent, projectPeriodClosed } from '../periods/period-stream.js';
import type { StoredPeriodClosed } from '../periods/period-stream.js';
import { fromRowPriceEvent, projectPriceVersion } from '../price-tables/price-table-stream.js';
import type { RatingPipeline } from '../rating/rating-pipeline.js';
import { rerateStep } from '../rating/rerate.js';

export interface ReplayTarget {
  readonly db: Database;
  readonly pipelineDb: Database;
  readonly pipeline: RatingPipeline;
}

/** Facts from before corrections were rated name calls only. */
const mark = z.object({ h1: z.string(), h2: z.string(), revision: z.string().default('0') });

const reratedBody = z.object({
  contract: z.string(),
  after: mark.nullable(),
  upTo: mark,
  rated: z.number().int(),
  cut: cutMark,
});

const withCut = z.object({ cut: cutMark.optional() });

/** The vector at which a fact was taken; a fact without one belongs to the cut before it. */
export const vectorOf = ({ body }: StoredEvent): readonly bigint[] | undefined =>
  withCut.parse(body).cut?.vector;

const sumsText = (sums: StoredPeriodClosed['sums']): string =>
  sums
    .map((sum) => Object.values(sum).join(' '))
    .sort()
    .join('\n');

const closeAgain = async (
  tx: Tx,
  event: StoredPeriodClosed,
  { tenant, cut }: { readonly tenant: string; readonly cut: Cut },
): Promise<string | undefined> => {
  const found = await postedSums(tx, event.contract, event.period);
  const sums = found.map(({ price: _price, priceFrom: _from, ...sum }) => sum);
  await projectPeriodClosed(tx, { tenant, event, catalogueVersion: cut.catalogueVersion });
  // The order of fields is that of the stored event's schema on both sides.
  const isSame = sumsText(fieldsInOrder(sums)) === sumsText(fieldsInOrder(event.sums));
  return isSame ? undefined : `The sums of ${event.contract} ${event.period} differ.`;
};

const fieldsInOrder = (sums: StoredPeriodClosed['sums']): StoredPeriodClosed['sums'] =>
  sums.map((sum) => ({
    servicePeriod: sum.servicePeriod,
    model: sum.model,
    kind: sum.kind,
    priceTable: sum.priceTable,
    priceVersion: sum.priceVersion,
    quantity: sum.quantity,
    calls: sum.calls,
    multiset: sum.multiset,
  }));

/** Projects a fact of the catalogue; gives what it found to be different. */
const projectCut = async (
  tx: Tx,
  { tenant, type, body }: StoredEvent,
  cut: Cut,
): Promise<string | undefined> => {
  const { catalogueVersion } = cut;
  if (type === 'PriceVersionActivated') {
    await projectPriceVersion(tx, {
      tenant,
      event: fromRowPriceEvent(type, body),
      catalogueVersion,
    });
    return undefined;
  }
  if (type === 'PeriodClosed') {
    return closeAgain(tx, fromRowPeriodEvent(type, body), { tenant, cut });
  }
  const event = fromRowContractEvent(type, body);
  await projectContractEvent(tx, { tenant, event, catalogueVersion });
  return undefined;
};

const rerateAgain = async (
  { pipelineDb, pipeline }: ReplayTarget,
  { tenant, body }: StoredEvent,
): Promise<string | undefined> => {
  const { contract, after, upTo, rated, cut } = reratedBody.parse(body);
  const step = await pipelineDb.transaction((tx) =>
    rerateStep(tx, pipeline, { bounds: { tenant, contract, after, upTo }, ordinal: cut.ordinal }),
  );
  if (step.effects !== null) pipeline.committed(step.effects);
  return step.rated === rated
    ? undefined
    : `${step.rated} of ${contract} were rated, not ${rated}.`;
};

const versionAfter = async (tx: Tx): Promise<bigint> => {
  const [row] = await tx.query<{ version: string }>('select version from catalogue_version');
  return BigInt(row?.version ?? '0') + 1n;
};

/** Applies one fact; gives a sentence when what it says about usage is not found again. */
export const applyEvent = (
  target: ReplayTarget,
  event: StoredEvent,
): Promise<string | undefined> => {
  const { tenant, type, body } = event;
  if (type === 'UnpricedRerated') return rerateAgain(target, event);
  return target.db.inTenant({ tenant }, async (tx) => {
    if (type === 'InvoiceIssued') {
      await projectInvoice(tx, fromRowInvoiceEvent(type, body));
      return undefined;
    }
    const mark = cutMark.parse((body as { readonly cut: unknown }).cut);
    const cut: Cut = { ...mark, catalogueVersion: await versionAfter(tx) };
    const different = await projectCut(tx, event, cut);
    await markCatalogue(tx, cut);
    return different;
  });
};
