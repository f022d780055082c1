/** The login roles of pricing; docs/architecture.md 2 names them. */
export const APP_ROLE = 'pricing_app';
export const PIPELINE_ROLE = 'pricing_pipeline';
