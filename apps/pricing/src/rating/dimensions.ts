/**
 * Dimension sets: what many calls have in common, interned under an id made of its content.
 *
 * Owns        which fields of an event are dimensions, their canonical order, and the cache of sets
 *             that this process has met, each with its compiled plan.
 * Invariant   the same fields have the same id on every machine and in every replay (R2); an empty
 *             text counts as absent.
 * Rejections  INVALID_TEXT (malformed): a NUL, which PostgreSQL's text cannot hold
 * Source      design.md 1 (usage bucket); docs/architecture.md 2
 */
import { Malformed } from '@suanpan/event-sourcing';
import type { UsageRecorded } from '@suanpan/messages';
import type { Catalogue, Plan } from '@suanpan/pricing';
import { contentId } from '@suanpan/pricing';
import { escapeCopy } from './copy-text.js';

/** Columns of `dimension_set` after `id`, in the order in which the id is made. */
export const DIMENSION_COLUMNS = [
  'tenant',
  'contract',
  'buyer',
  'centre',
  'model_ordered',
  'model_served',
  'upstream',
  'authorization_id',
  'lot',
  'route',
  'end_user_country',
  'data_origin',
  'facility',
  'pool',
  'return_country',
  'purpose',
  'service_tier',
  'route_type',
  'control_region',
  'inference_region',
  'use_case',
  'industry',
  'data_class',
  'dataset_tag',
] as const;

const CACHED_SETS_MAX = 100_000;
const NUL = '\u0000';

const orNull = (text: string | null): string | null => (text === '' ? null : text);

/** The fields in the order of the columns. */
const fieldsOf = (event: UsageRecorded): readonly (string | null)[] => [
  event.tenant,
  event.contract,
  event.buyer,
  event.centre,
  event.modelOrdered,
  event.modelServed === event.modelOrdered ? null : orNull(event.modelServed),
  orNull(event.upstream),
  orNull(event.authorization),
  orNull(event.lot),
  orNull(event.route),
  orNull(event.endUserCountry),
  orNull(event.dataOrigin),
  orNull(event.facility),
  orNull(event.pool),
  orNull(event.returnCountry),
  orNull(event.purpose),
  orNull(event.serviceTier),
  orNull(event.routeType),
  orNull(event.controlRegion),
  orNull(event.inferenceRegion),
  orNull(event.useCase),
  orNull(event.industry),
  orNull(event.dataClass),
  orNull(event.datasetTag),
];

/**
 * One text for one set, made without an array since it is made for every call. Fields hold no NUL
 * (`intern` refuses them), so the NULs between them cannot be mistaken.
 */
const keyOf = (event: UsageRecorded): string => {
  const served = event.modelServed === event.modelOrdered ? '' : (event.modelServed ?? '');
  return (
    `${event.tenant}\0${event.contract}\0${event.buyer}\0${event.centre}\0` +
    `${event.modelOrdered}\0${served}\0${event.upstream ?? ''}\0${event.authorization ?? ''}\0` +
    `${event.lot ?? ''}\0${event.route ?? ''}\0${event.endUserCountry ?? ''}\0` +
    `${event.dataOrigin ?? ''}\0${event.facility ?? ''}\0${event.pool ?? ''}\0` +
    `${event.returnCountry ?? ''}\0${event.purpose ?? ''}\0${event.serviceTier ?? ''}\0` +
    `${event.routeType ?? ''}\0${event.controlRegion ?? ''}\0${event.inferenceRegion ?? ''}\0` +
    `${event.useCase ?? ''}\0${event.industry ?? ''}\0${event.dataClass ?? ''}\0` +
    `${event.datasetTag ?? ''}`
  );
};

/** A set that this process has met. */
export class Dimensions {
  readonly id: bigint;
  readonly idText: string;
  readonly tenantCopy: string;
  readonly authorization: string | null;
  /** True once a transaction that stored its row has committed. */
  isStored = false;
  private catalogue: Catalogue | undefined;
  private plan: Plan | undefined;

  constructor(
    readonly fields: readonly (string | null)[],
    /** The event that the set was first met on; only its dimensions are read. */
    readonly event: UsageRecorded,
  ) {
    this.id = contentId(fields);
    this.idText = this.id.toString();
    this.tenantCopy = escapeCopy(event.tenant);
    this.authorization = orNull(event.authorization);
  }

  /** The plan under a catalogue; compiled when the catalogue is a new one. */
  planIn(catalogue: Catalogue): Plan {
    if (this.plan === undefined || this.catalogue !== catalogue) {
      const { tenant, contract, modelOrdered } = this.event;
      this.plan = catalogue.planOf(tenant, contract, modelOrdered);
      this.catalogue = catalogue;
    }
    return this.plan;
  }
}

export class DimensionCache {
  private sets = new Map<string, Dimensions>();

  /**
   * Called before a batch is read, never while one is: within a batch a set must be one object.
   * Starting over is rare and costs one look-up a set.
   */
  trim(): void {
    if (this.sets.size >= CACHED_SETS_MAX) this.sets = new Map();
  }

  /** The set of an event's dimensions. */
  of(event: UsageRecorded): Dimensions {
    const key = keyOf(event);
    return this.sets.get(key) ?? this.intern(key, event);
  }

  private intern(key: string, event: UsageRecorded): Dimensions {
    const fields = fieldsOf(event);
    if (fields.some((field) => field?.includes(NUL) === true)) {
      throw new Malformed('INVALID_TEXT', 'A dimension holds a NUL.');
    }
    const set = new Dimensions(fields, event);
    this.sets.set(key, set);
    return set;
  }
}
