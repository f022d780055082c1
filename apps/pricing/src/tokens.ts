/** Names under which the running parts are injected. */
export const DB = Symbol('DB');
export const CLOCK = Symbol('CLOCK');
export const RATING = Symbol('RATING');
export const WAKE_UPS = Symbol('WAKE_UPS');

/** Duties, as wake-ups name them. */
export const CLOSE = 'close';
export const RERATE = 'rerate';
