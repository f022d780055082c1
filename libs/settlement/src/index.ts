export type { ClearedItem, EntryHead, ReceiptParts, SettledLeg, Valued } from './booking.js';
export {
  invoiceEntry,
  matchedReceiptEntry,
  realisedGain,
  settlementEntry,
  statementEntry,
  unappliedReceiptEntry,
  valued,
} from './booking.js';
export type {
  Conversion,
  ConversionLeg,
  CrossRate,
  CrossRateAsked,
  RatePolicy,
} from './conversion.js';
export { convert, convertAt, crossRate, rateIdsText } from './conversion.js';
export { ecbRates } from './ecb-rates.js';
export type { FxRate, NewRate, RatePurpose } from './fx-rate.js';
export { fxRate } from './fx-rate.js';
export type { Clearing, NetLeg, Parties } from './netting.js';
export { netLegs } from './netting.js';
export type {
  BookItem,
  BookedItem,
  ClearItem,
  ItemBooked,
  ItemCleared,
  OpenItem,
  OpenItemCommand,
  OpenItemEvent,
  OpenItemState,
  Side,
} from './open-item.js';
export { openAmount, payable, receivable, releasedBy } from './open-item.js';
export type { PayoutTerms } from './payout.js';
export type { Pair, RateTable } from './rate-table.js';
export { rateTable } from './rate-table.js';
export type {
  CompleteSettlement,
  Settlement,
  SettlementCompleted,
  SettlementLeg,
} from './settlement.js';
export { settlement } from './settlement.js';
