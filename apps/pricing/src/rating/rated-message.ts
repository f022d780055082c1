/**
 * `usage.rated`: what a slice changed, for the other services.
 *
 * Shape       one message a slice: source partition, range, counts, signed bucket deltas with
 *             exact amounts.
 * Source      ruling R6; docs/architecture.md 4
 */
import type { RatedDelta } from '@suanpan/messages';
import { encode } from '@suanpan/messages';
import type { OutboxMessage } from '@suanpan/platform-postgres';
import { formatPrice } from '@suanpan/money';
import { billingStateName } from '@suanpan/pricing';
import { trimZeros } from '../exact-text.js';
import type { Slice } from './slices.js';
import type { CellSum, SumGroup } from './sums.js';
import { quarterInstant } from './sums.js';

/** Of a message that speaks of several tenants. */
const SEVERAL = '*';
const TOPIC = 'usage.rated';

/** Quantity × factor at the group's scale, every digit. */
const amountText = ({ quantity, factor }: CellSum, scale: number): string =>
  trimZeros(formatPrice({ mantissa: quantity * factor, scale }));

const toWireDelta = (group: SumGroup, sum: CellSum): RatedDelta => {
  const { event } = group.dims;
  return {
    tenant: event.tenant,
    contract: event.contract,
    buyer: event.buyer,
    centre: event.centre,
    upstream: event.upstream,
    authorization: event.authorization,
    lot: event.lot,
    route: event.route,
    endUserCountry: event.endUserCountry,
    modelOrdered: event.modelOrdered,
    modelServed: event.modelServed === event.modelOrdered ? null : event.modelServed,
    kind: sum.cell.kind,
    priceTable: sum.cell.priceTable,
    priceVersion: sum.cell.version,
    price: sum.cell.price,
    currency: sum.cell.currency,
    billingState: billingStateName(group.billingState),
    quarterHour: quarterInstant(group.quarterHour),
    servicePeriod: group.servicePeriod,
    postingPeriod: group.postingPeriod,
    quantity: sum.quantity.toString(),
    calls: sum.calls,
    amount: amountText(sum, group.scale),
  };
};

const deltasOf = ({ sums }: Slice): readonly RatedDelta[] => {
  const deltas: RatedDelta[] = [];
  for (const group of sums.groups()) {
    for (const sum of group.cells) deltas.push(toWireDelta(group, sum));
  }
  return deltas;
};

/** The outbox message of a slice; the stream is the source partition, so that ranges stay in order. */
export const toWireRated = (slice: Slice): OutboxMessage => ({
  topic: TOPIC,
  key: slice.partition.toString(),
  type: TOPIC,
  tenant: SEVERAL,
  streamId: `${slice.sourceTopic === 'unpriced' ? 'rerate' : slice.sourceTopic}/${slice.partition}`,
  value: encode(TOPIC, {
    sourceTopic: slice.sourceTopic,
    sourcePartition: slice.partition,
    firstOffset: slice.firstOffset,
    lastOffset: slice.lastOffset,
    counts: slice.counts,
    deltas: deltasOf(slice),
  }),
});
