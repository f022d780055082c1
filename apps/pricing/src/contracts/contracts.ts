/**
 * Signs, ends and shows contracts.
 *
 * Invariant   a contract is signed or ended in a cut, so that every call is rated under one
 *             catalogue.
 * Source      rulings R2, R8
 */
import type { Database, EventMeta, Scope, Tx } from '@suanpan/platform-postgres';
import { handleIn, toRowInstant } from '@suanpan/platform-postgres';
import type { ContractCommand, ContractTerms } from '@suanpan/pricing';
import { contract as decider } from '@suanpan/pricing';
import type { Cut } from '../cuts/cut.js';
import { inCut } from '../cuts/cut.js';
import { loadPriceTable } from '../price-tables/price-tables.js';
import { requestByContract } from '../rating/rerate-requests.js';
import type { ContractRow } from './contract-row.js';
import {
  contractStream,
  fromRowContractEvent,
  projectContractEvent,
  publishContractEvent,
  toRowContractEvent,
} from './contract-stream.js';

export interface Agreed {
  readonly contract: string;
  readonly terms: ContractTerms;
  readonly until: bigint | null;
}

interface Order {
  readonly scope: Scope;
  readonly meta: EventMeta;
  readonly cut: Cut;
}

/** A call, or a correction that says one of another contract, or of another time. */
const RATED_SINCE = `
with own as (select id from dimension_set where tenant = $1 and contract = $2)
select exists (
  select from call where tenant = $1 and time >= $3 and dims in (select id from own))
  or exists (
  select from correction_effect
  where tenant = $1 and time >= $3 and sign = 1 and dims in (select id from own)) as rated`;

const isRatedSince = async (
  tx: Tx,
  tenant: string,
  { contract, until }: { readonly contract: string; readonly until: bigint },
): Promise<boolean> => {
  const from = toRowInstant(until);
  const [row] = await tx.query<{ rated: boolean }>(RATED_SINCE, [tenant, contract, from]);
  return row?.rated === true;
};

const currencyOf = async (tx: Tx, tenant: string, priceTable: string): Promise<string | null> => {
  const table = await loadPriceTable(tx, tenant, priceTable);
  return table.status === 'active' ? table.currency : null;
};

export class Contracts {
  constructor(private readonly db: Database) {}

  /** Signs, or ends what was signed on the same terms; false when nothing changed. */
  agree(scope: Scope, agreed: Agreed, meta: EventMeta): Promise<boolean> {
    return inCut(this.db, scope, async (tx, cut) => {
      const order = { scope, meta, cut };
      const changed = (await this.sign(tx, agreed, order)) || (await this.end(tx, agreed, order));
      return { result: changed, changed };
    });
  }

  list(scope: Scope): Promise<readonly ContractRow[]> {
    return this.db.inTenant(scope, (tx) =>
      tx.query<ContractRow>('select * from contract order by contract'),
    );
  }

  private async sign(tx: Tx, { contract, terms, until }: Agreed, order: Order): Promise<boolean> {
    const { tenant } = order.scope;
    const priceTableCurrency = await currencyOf(tx, tenant, terms.priceTable);
    const changed = await this.decide(tx, order, {
      type: 'SignContract',
      contract,
      terms,
      until,
      priceTableCurrency,
    });
    const { catalogueVersion } = order.cut;
    if (changed) await requestByContract(tx, { tenant, contract, catalogueVersion });
    return changed;
  }

  private async end(tx: Tx, { contract, until }: Agreed, order: Order): Promise<boolean> {
    if (until === null) return false;
    const usageRatedSince = await isRatedSince(tx, order.scope.tenant, { contract, until });
    return this.decide(tx, order, { type: 'EndContract', contract, until, usageRatedSince });
  }

  private async decide(
    tx: Tx,
    { scope, meta, cut }: Order,
    command: ContractCommand,
  ): Promise<boolean> {
    const { tenant } = scope;
    const { catalogueVersion } = cut;
    const { events } = await handleIn(
      tx,
      {
        decider,
        toBody: toRowContractEvent(cut),
        fromBody: fromRowContractEvent,
        project: async (_tx, decided) => {
          for (const event of decided.events) {
            await projectContractEvent(tx, { tenant, event, catalogueVersion });
          }
        },
        publish: (decided) =>
          decided.events.map((event) => publishContractEvent(tenant, event, meta.at)),
      },
      { scope, streamId: contractStream(command.contract), meta, command },
    );
    return events.length > 0;
  }
}
