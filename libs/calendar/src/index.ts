export { addDays, daysBetween, requireDate } from './civil.js';
export type { Instant } from './instant.js';
export { formatInstant, parseInstant, quarterHourOf } from './instant.js';
export type { Period } from './period.js';
export { monthPeriod, nextPeriod, periodOf } from './period.js';
export { localDate, minuteOfWeek, requireZone, startOfDay } from './zone.js';
