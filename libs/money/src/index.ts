export { roundParts, roundPartsTo } from './allocate.js';
export { currencies } from './currencies.js';
export { decimalDigits, exactDecimal, parseDecimal } from './decimal.js';
export type { Money } from './money.js';
export {
  addMoney,
  formatMoney,
  minorUnits,
  money,
  moneyToRational,
  negateMoney,
  parseMoney,
  roundToMoney,
  subtractMoney,
  sumMoney,
} from './money.js';
export type { Price } from './price.js';
export { amountOf, formatPrice, parsePrice } from './price.js';
export type { Rational } from './rational.js';
export {
  ZERO,
  add,
  compare,
  divide,
  isZero,
  multiply,
  negate,
  rational,
  subtract,
  sum,
} from './rational.js';
export type { RoundingRule } from './rounding.js';
export { powerOfTen, roundRational } from './rounding.js';
