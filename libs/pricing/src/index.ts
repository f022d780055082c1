export type {
  Catalogue,
  CatalogueContract,
  CatalogueTable,
  ChargeCell,
  KindPrice,
  ModelPrices,
  Plan,
  PriceWindow,
} from './catalogue.js';
export { catalogueOf, priceVersionId } from './catalogue.js';
export { contentId } from './content-id.js';
export type {
  Contract,
  ContractCommand,
  ContractEnded,
  ContractEvent,
  ContractSigned,
  ContractTerms,
  EndContract,
  SignContract,
} from './contract.js';
export { ROUNDING_RULES, contract } from './contract.js';
export type { Change, VersionState, Versions } from './corrections.js';
export { ORIGINAL, changeOf, inForce } from './corrections.js';
export type {
  Invoice,
  InvoiceDocument,
  InvoiceIssued,
  IssueInvoice,
  IssuedLine,
} from './invoice.js';
export { invoice } from './invoice.js';
export type { BilledSum, InvoiceLine, LineInput, PostedSum, SumKey } from './invoice-lines.js';
export { invoiceLines } from './invoice-lines.js';
export type { BillingPeriod, ClosePeriod, ClosedSum, PeriodClosed } from './period.js';
export { billingPeriod } from './period.js';
export type {
  ActivatePriceVersion,
  ListedPrice,
  PriceTable,
  PriceVersion,
  PriceVersionActivated,
} from './price-table.js';
export { priceTable } from './price-table.js';
export { merkleRoot, multisetHash, multisetTerm } from './proof.js';
export type { BillingState, MeteredUsage, Rated, Unpriced, UnpricedCode } from './rate.js';
export { BILLABLE, HOLD, amountAt, billingStateName, postingPeriodOf, rate } from './rate.js';
export { TOKEN_KINDS, compareKinds, isTokenKind } from './token-kinds.js';
