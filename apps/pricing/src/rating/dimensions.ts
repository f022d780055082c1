/**
 * Dimension sets: what many calls have in common, interned under an id made of its content.
 *
 * Owns        which fields of an event are dimensions, their canonical order, and the cache of sets
 *             that a pipeline has met, each with its compiled plan.
 * Invariant   the same fields have the same id on every machine and in every replay (R2); an empty
 *             text counts as absent.
 * Rejections  INVALID_TEXT (malformed): a NUL, which PostgreSQL's text cannot hold; a text longer
 *             than the door lets in, which an index could not hold
 * Source      design.md 1 (usage bucket); docs/architecture.md 2
 */
import { Malformed } from '@suanpan/event-sourcing';
import type { UsageRecorded } from '@suanpan/messages';
import type { Catalogue, Plan } from '@suanpan/pricing';
import { contentId } from '@suanpan/pricing';

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
/** Beyond these, sets that share the four fields are found by their id, so that no sender's
 * invention makes the look-up slow. */
const NEAR_MAX = 32;
const TEXT_LENGTH_MAX = 256;
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

/** Whether two events have the same dimensions, field by field; texts are mostly one object. */
const isSame = (one: UsageRecorded, other: UsageRecorded): boolean =>
  one.tenant === other.tenant &&
  one.contract === other.contract &&
  one.buyer === other.buyer &&
  one.centre === other.centre &&
  one.modelOrdered === other.modelOrdered &&
  one.modelServed === other.modelServed &&
  one.upstream === other.upstream &&
  one.authorization === other.authorization &&
  one.lot === other.lot &&
  one.route === other.route &&
  one.endUserCountry === other.endUserCountry &&
  one.dataOrigin === other.dataOrigin &&
  one.facility === other.facility &&
  one.pool === other.pool &&
  one.returnCountry === other.returnCountry &&
  one.purpose === other.purpose &&
  one.serviceTier === other.serviceTier &&
  one.routeType === other.routeType &&
  one.controlRegion === other.controlRegion &&
  one.inferenceRegion === other.inferenceRegion &&
  one.useCase === other.useCase &&
  one.industry === other.industry &&
  one.dataClass === other.dataClass &&
  one.datasetTag === other.datasetTag;

/** A set that a pipeline has met. */
export class Dimensions {
  readonly id: bigint;
  readonly idText: string;
  readonly authorization: string | null;
  /** The texts' length, in UTF-16 units. */
  readonly length: number;
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
    this.authorization = orNull(event.authorization);
    this.length = fields.reduce((sum, field) => sum + (field?.length ?? 0), 0);
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

/** One way in which events spell a set: an absent field may also be an empty one. */
interface Spelling {
  readonly event: UsageRecorded;
  readonly set: Dimensions;
}

/** Texts that come again are one object each, whose hash the engine keeps: maps in maps find fastest. */
class Spellings {
  private readonly byText = new Map<string, Map<string, Map<string, Map<string, Spelling[]>>>>();

  of({ contract, modelOrdered, centre, endUserCountry }: UsageRecorded): Spelling[] | undefined {
    const byModel = this.byText.get(contract)?.get(modelOrdered);
    return byModel?.get(centre)?.get(endUserCountry ?? '');
  }

  add(spelling: Spelling): void {
    const { contract, modelOrdered, centre, endUserCountry } = spelling.event;
    const byModel = within(this.byText, contract, () => new Map());
    const byCentre = within(byModel, modelOrdered, () => new Map());
    const byCountry = within(byCentre, centre, () => new Map());
    const near = within(byCountry, endUserCountry ?? '', () => []);
    if (near.length < NEAR_MAX) near.push(spelling);
  }
}

const within = <Value>(map: Map<string, Value>, text: string, make: () => Value): Value => {
  let found = map.get(text);
  if (found === undefined) map.set(text, (found = make()));
  return found;
};

/** Sets are found by four fields and then compared. Few sets share all four. */
export class DimensionCache {
  private spellings = new Spellings();
  private sets = new Map<bigint, Dimensions>();

  /**
   * Called before a batch is read, never while one is: within a batch a set must be one object.
   * Starting over is rare and costs one look-up a set.
   */
  trim(): void {
    if (this.sets.size < CACHED_SETS_MAX) return;
    this.spellings = new Spellings();
    this.sets = new Map();
  }

  /** The set of an event's dimensions. */
  of(event: UsageRecorded): Dimensions {
    for (const spelling of this.spellings.of(event) ?? []) {
      if (isSame(spelling.event, event)) return spelling.set;
    }
    const set = this.intern(event);
    this.spellings.add({ event, set });
    return set;
  }

  private intern(event: UsageRecorded): Dimensions {
    const fields = fieldsOf(event);
    if (fields.some((field) => field?.includes(NUL) === true)) {
      throw new Malformed('INVALID_TEXT', 'A dimension holds a NUL.');
    }
    if (fields.some((field) => field !== null && field.length > TEXT_LENGTH_MAX)) {
      throw new Malformed('INVALID_TEXT', `A dimension is longer than ${TEXT_LENGTH_MAX}.`);
    }
    const fresh = new Dimensions(fields, event);
    const known = this.sets.get(fresh.id);
    if (known !== undefined) return known;
    this.sets.set(fresh.id, fresh);
    return fresh;
  }
}
