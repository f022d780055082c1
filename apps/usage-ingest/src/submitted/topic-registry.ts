/**
 * Which centres write a topic of their own, and what its credential may say: the part that an API
 * key plays at the HTTP door.
 *
 * Invariant   a topic belongs to one centre of one tenant; who may write it is the broker's to say.
 * Rejections  TOPIC_TAKEN
 * Source      issue 4 part 1; docs/adr/0023-topic-of-a-centre.md
 */
import { Inject, Injectable } from '@nestjs/common';
import { Rejection } from '@suanpan/event-sourcing';
import { centreUser, submittedTopic } from '@suanpan/messages';
import { codeOf } from '@suanpan/platform-postgres';
import type { Database } from '@suanpan/platform-postgres';
import { DATABASE } from '../tokens.js';

export interface Registration {
  readonly tenant: string;
  readonly centre: string;
  readonly topic: string;
  readonly sources: readonly string[];
  /** Null: any contract. */
  readonly contracts: readonly string[] | null;
  readonly mayBackfill: boolean;
}

export type Claims = Pick<Registration, 'contracts' | 'mayBackfill' | 'sources'>;

export interface CentreOfCaller {
  readonly tenant: string;
  readonly centre: string;
}

const TOPICS_MAX = 1_000;
const UNIQUE_VIOLATION = '23505';

const COLUMNS = `tenant, centre, topic, sources, contracts, may_backfill as "mayBackfill"`;

const PUT = `
insert into submitted_topic (tenant, centre, topic, sources, contracts, may_backfill, set_by)
select tenant, centre, $2, $3, $4, $5, $6 from centre where centre = $1
on conflict (tenant, centre) do update
set sources = excluded.sources, contracts = excluded.contracts,
  may_backfill = excluded.may_backfill, set_by = excluded.set_by, set_at = clock_timestamp()
returning ${COLUMNS}`;

const taken = (topic: string): Rejection =>
  new Rejection('TOPIC_TAKEN', `The topic ${topic} is another centre's.`);

/** The Kafka user of a registered topic: what its events say is said by this one. */
export const userOf = ({ tenant, centre }: CentreOfCaller): string =>
  centreUser({ tenant, centre });

@Injectable()
export class TopicRegistry {
  constructor(@Inject(DATABASE) private readonly db: Database) {}

  /** Null when the tenant has no such centre. */
  async put(whose: CentreOfCaller, claims: Claims, by: string): Promise<Registration | null> {
    const { tenant, centre } = whose;
    const topic = submittedTopic(whose);
    const { sources, contracts, mayBackfill } = claims;
    const values = [centre, topic, [...sources], contracts === null ? null : [...contracts]];
    try {
      const rows = await this.db.inTenant({ tenant }, (tx) =>
        tx.query<Registration>(PUT, [...values, mayBackfill, by]),
      );
      return rows[0] ?? null;
    } catch (error) {
      if (codeOf(error) === UNIQUE_VIOLATION) throw taken(topic);
      throw error;
    }
  }

  async find({ tenant, centre }: CentreOfCaller): Promise<Registration | null> {
    const sql = `select ${COLUMNS} from submitted_topic where centre = $1`;
    const rows = await this.db.inTenant({ tenant }, (tx) => tx.query<Registration>(sql, [centre]));
    return rows[0] ?? null;
  }

  /** False when none was registered. */
  async remove({ tenant, centre }: CentreOfCaller): Promise<boolean> {
    const sql = 'delete from submitted_topic where centre = $1 returning centre';
    const rows = await this.db.inTenant({ tenant }, (tx) => tx.query(sql, [centre]));
    return rows.length > 0;
  }

  /** Of every tenant, for the consumer. */
  all(): Promise<readonly Registration[]> {
    const sql = `select ${COLUMNS} from submitted_topic order by topic limit $1`;
    return this.db.inPlatform((tx) => tx.query<Registration>(sql, [TOPICS_MAX]));
  }
}
