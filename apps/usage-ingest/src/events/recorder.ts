/**
 * Puts what an admission decided onto the log, and returns only when the broker has all of it.
 *
 * Invariant   no answer before the acknowledgement, of the accepted and of the refused.
 *             What the centre may not spend is refused before anything is written (B27); what was
 *             not written costs it nothing.
 * Rejections  RATE_LIMITED, QUOTA_EXCEEDED 429; Unavailable KAFKA_UNAVAILABLE, DATABASE_UNAVAILABLE
 * Source      design 3.1; reliability D05, row B26
 */
import { Inject, Injectable } from '@nestjs/common';
import type { LogSink } from '@suanpan/platform-kafka';
import { crashPoint } from '@suanpan/platform-observability';
import { PRODUCER } from '../tokens.js';
import type { Admission } from './admission.js';
import { eventsTotal, produceSeconds } from './ingest-metrics.js';
import { RefusedRecords } from './refused-records.js';
import type { Origin } from './refused-records.js';

@Injectable()
export class Recorder {
  constructor(
    @Inject(PRODUCER) private readonly producer: LogSink,
    @Inject(RefusedRecords) private readonly refused: RefusedRecords,
  ) {}

  async record(admission: Admission, origin: Origin): Promise<void> {
    const cost = { events: admission.results.length, bytes: admission.bytes };
    await origin.budget?.spend(cost);
    try {
      await this.write(admission, origin);
    } catch (error) {
      await origin.budget?.giveBack(cost);
      throw error;
    }
  }

  private async write(admission: Admission, origin: Origin): Promise<void> {
    const refused = await this.refused.of(admission.refused, origin);
    const stop = produceSeconds.startTimer();
    crashPoint('ingest.before-produce');
    const sends = await Promise.allSettled([
      this.producer.send('usage.recorded', admission.records),
      this.producer.send('usage.refused', refused),
    ]);
    stop();
    for (const send of sends) if (send.status === 'rejected') throw send.reason;
    crashPoint('ingest.after-produce');
    eventsTotal.inc({ result: 'accepted', code: 'none' }, admission.accepted);
    for (const { refusal } of admission.refused) {
      eventsTotal.inc({ result: 'refused', code: refusal.code });
    }
  }
}
