/**
 * Activates and shows price versions.
 *
 * Invariant   a version is activated in a cut, so that every call is rated under one catalogue.
 * Source      rulings R2, R8
 */
import { fold } from '@suanpan/event-sourcing';
import type { Database, EventMeta, Scope, Tx } from '@suanpan/platform-postgres';
import { handleIn, loadStream, toRowInstant } from '@suanpan/platform-postgres';
import type { ActivatePriceVersion, PriceTable } from '@suanpan/pricing';
import { priceTable as decider } from '@suanpan/pricing';
import type { Cut } from '../cuts/cut.js';
import { inCut } from '../cuts/cut.js';
import { requestByPriceTable } from '../rating/rerate-requests.js';
import {
  fromRowPriceEvent,
  priceTableStream,
  projectPriceVersion,
  publishPriceVersion,
  toRowPriceEvent,
} from './price-table-stream.js';

export type Activation = Omit<ActivatePriceVersion, 'type' | 'usageRatedSince'>;

const RATED_SINCE = `
select exists (
  select from call where tenant = $1 and time >= $3 and price_version in (
    select id from price_version where tenant = $1 and price_table = $2)) as rated`;

const isRatedSince = async (tx: Tx, tenant: string, order: Activation): Promise<boolean> => {
  const from = toRowInstant(order.effectiveFrom);
  const [row] = await tx.query<{ rated: boolean }>(RATED_SINCE, [tenant, order.priceTable, from]);
  return row?.rated === true;
};

/** The table as its stream tells it. */
export const loadPriceTable = async (
  tx: Tx,
  tenant: string,
  priceTable: string,
): Promise<PriceTable> => {
  const stored = await loadStream(tx, tenant, priceTableStream(priceTable));
  return fold(
    decider,
    stored.map(({ type, body }) => fromRowPriceEvent(type, body)),
  );
};

export class PriceTables {
  constructor(private readonly db: Database) {}

  /** Activates a version; false when it was active already. */
  activate(scope: Scope, order: Activation, meta: EventMeta): Promise<boolean> {
    return inCut(this.db, scope, async (tx, cut) => {
      const changed = await this.decide(tx, cut, { scope, order, meta });
      return { result: changed, changed };
    });
  }

  load(scope: Scope, priceTable: string): Promise<PriceTable> {
    return this.db.inTenant(scope, (tx) => loadPriceTable(tx, scope.tenant, priceTable));
  }

  private async decide(
    tx: Tx,
    cut: Cut,
    {
      scope,
      order,
      meta,
    }: {
      readonly scope: Scope;
      readonly order: Activation;
      readonly meta: EventMeta;
    },
  ): Promise<boolean> {
    const { tenant } = scope;
    const { priceTable } = order;
    const { catalogueVersion } = cut;
    const usageRatedSince = await isRatedSince(tx, tenant, order);
    const { events } = await handleIn(
      tx,
      {
        decider,
        toBody: toRowPriceEvent(cut),
        fromBody: fromRowPriceEvent,
        project: async (_tx, decided) => {
          for (const event of decided.events) {
            await projectPriceVersion(tx, { tenant, event, catalogueVersion });
          }
        },
        publish: (decided) => decided.events.map((event) => publishPriceVersion(tenant, event)),
      },
      {
        scope,
        streamId: priceTableStream(priceTable),
        meta,
        command: { type: 'ActivatePriceVersion', ...order, usageRatedSince },
      },
    );
    if (events.length > 0) await requestByPriceTable(tx, { tenant, priceTable, catalogueVersion });
    return events.length > 0;
  }
}
