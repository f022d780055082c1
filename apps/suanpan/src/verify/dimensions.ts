import type { UsageRecorded } from '@suanpan/messages';

import { contentIdOf } from './identity.js';

/**
 * The dimension set that a call belongs to: what buckets are summed by, besides price and time.
 *
 * Source      ruling R2 (ids derive from content); the columns of pricing.dimension_set, in their order
 */
const DIMENSIONS: readonly ((event: UsageRecorded) => string | null)[] = [
  (event) => event.tenant,
  (event) => event.contract,
  (event) => event.buyer,
  (event) => event.centre,
  (event) => event.modelOrdered,
  (event) => (event.modelServed === event.modelOrdered ? null : event.modelServed),
  (event) => event.upstream,
  (event) => event.authorization,
  (event) => event.lot,
  (event) => event.route,
  (event) => event.endUserCountry,
  (event) => event.dataOrigin,
  (event) => event.facility,
  (event) => event.pool,
  (event) => event.returnCountry,
  (event) => event.purpose,
  (event) => event.serviceTier,
  (event) => event.routeType,
  (event) => event.controlRegion,
  (event) => event.inferenceRegion,
  (event) => event.useCase,
  (event) => event.industry,
  (event) => event.dataClass,
  (event) => event.datasetTag,
];

const dimensionIds = new Map<string, string>();

/** The id of the dimension set that an event belongs to. */
export const dimensionsOf = (event: UsageRecorded): string => {
  // An empty text says as little as an absent one.
  const fields = DIMENSIONS.map((pick) => pick(event) || null);
  const named = JSON.stringify(fields);
  const known = dimensionIds.get(named);
  if (known !== undefined) return known;
  const id = contentIdOf(fields);
  dimensionIds.set(named, id);
  return id;
};
