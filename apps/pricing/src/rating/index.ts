export { RatingPipeline } from './rating-pipeline.js';
export type { RatingOptions } from './rating-pipeline.js';
