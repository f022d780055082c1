/** The log's door to rating: whole batches of `usage.recorded`. */
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { LogBatchHandler } from '@suanpan/platform-kafka';
import type { LogBatch } from '@suanpan/platform-kafka';
import { PIPELINE } from '../tokens.js';
import type { RatingPipeline } from './rating-pipeline.js';

@Controller()
export class UsageConsumer {
  constructor(@Inject(PIPELINE) private readonly pipeline: RatingPipeline) {}

  @LogBatchHandler('usage.recorded')
  async rate(@Payload() batches: readonly LogBatch[]): Promise<void> {
    await this.pipeline.rate(batches);
  }
}
