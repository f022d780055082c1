export type { Duty, WakeUpOptions, WakeUps } from './wake-ups.js';
export { createWakeUps } from './wake-ups.js';
