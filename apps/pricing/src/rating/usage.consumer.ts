/** The log's door to rating: whole batches of `usage.recorded`. */
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { LogBatchHandler } from '@suanpan/platform-kafka';
import type { LogBatch } from '@suanpan/platform-kafka';
import { RATING } from '../tokens.js';
import type { RatingThreads } from './rating-threads.js';

@Controller()
export class UsageConsumer {
  constructor(@Inject(RATING) private readonly rating: RatingThreads) {}

  @LogBatchHandler('usage.recorded')
  async rate(@Payload() batches: readonly LogBatch[]): Promise<void> {
    await this.rating.rate(batches);
  }
}
