/** Names under which the running parts are injected. */
export const DB = Symbol('DB');
export const CLOCK = Symbol('CLOCK');
export const LOGGER = Symbol('LOGGER');
export const WAKE_UPS = Symbol('WAKE_UPS');
