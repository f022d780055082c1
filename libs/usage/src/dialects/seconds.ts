/**
 * Seconds of audio as whole milliseconds, without a rounding: 1.5 is 1,500.
 *
 * Rejections  NOT_INTEGER, NEGATIVE_QUANTITY, QUANTITY_LIMIT
 */
import type { Fields } from '../fields.js';
import { shown } from '../refusals.js';

const SECONDS = /^(\d{1,12})(?:\.(\d{1,3})0{0,9})?$/;

export const millisOf = (fields: Fields, name: string): bigint => {
  const value = fields.raw(name);
  const match = typeof value === 'number' ? SECONDS.exec(String(value)) : null;
  if (match !== null) return BigInt(`${match[1]}${(match[2] ?? '').padEnd(3, '0')}`);
  const isNegative = typeof value === 'number' && value < 0;
  const code = isNegative ? 'NEGATIVE_QUANTITY' : 'NOT_INTEGER';
  fields.refuse(code, name, `${shown(value)} is no number of seconds to the millisecond.`);
  return 0n;
};
