/* eslint-disable max-lines -- generated: one list of every message */
// Generated from ../../schemas by ../../generate.mjs; do not edit.

import type { Cursor } from '../cursor.js';
import type {
  AgreementEnded,
  AgreementSigned,
  AgreementStep,
  AuthorizationGranted,
  ChainHead,
  ContractEnded,
  ContractSigned,
  CreditNoteIssued,
  FxRatePublished,
  InvoiceIssued,
  InvoiceLine,
  ListedPrice,
  PartitionOffset,
  PaymentReceived,
  PaymentSent,
  PeriodClosed,
  PriceTableVersionActivated,
  QuotaGranted,
  RatedCounts,
  RatedDelta,
  SettlementCompleted,
  SettlementLeg,
  StatementIssued,
  StatementLine,
  StepParty,
  UsageHoldPlaced,
  UsageHoldReleased,
  UsageQuarantined,
  UsageRated,
  UsageRecorded,
  UsageRefused,
} from './types.js';
const readAgreementEnded = (c: Cursor): AgreementEnded => ({
  tenant: c.text(),
  agreement: c.text(),
  until: c.long(),
  at: c.long(),
});

const readStepParty = (c: Cursor): StepParty => ({
  party: c.text(),
  role: c.text(),
  shareBps: c.long(),
});

const readAgreementStep = (c: Cursor): AgreementStep => ({
  kind: c.text(),
  party: c.optionalText(),
  perMillion: c.optionalText(),
  tokenKinds: c.list((c) => c.text()),
  models: c.list((c) => c.text()),
  parties: c.list(readStepParty),
});

const readAgreementSigned = (c: Cursor): AgreementSigned => ({
  tenant: c.text(),
  agreement: c.text(),
  version: c.int(),
  currency: c.text(),
  effectiveFrom: c.long(),
  contracts: c.list((c) => c.text()),
  steps: c.list(readAgreementStep),
});

const readAuthorizationGranted = (c: Cursor): AuthorizationGranted => ({
  tenant: c.text(),
  authorization: c.text(),
  at: c.long(),
});

const readChainHead = (c: Cursor): ChainHead => ({
  service: c.text(),
  seq: c.long(),
  hash: c.blob(),
  exportedAt: c.long(),
});

const readContractEnded = (c: Cursor): ContractEnded => ({
  tenant: c.text(),
  contract: c.text(),
  until: c.long(),
  at: c.long(),
});

const readContractSigned = (c: Cursor): ContractSigned => ({
  tenant: c.text(),
  contract: c.text(),
  buyer: c.text(),
  seller: c.text(),
  currency: c.text(),
  zone: c.text(),
  priceTable: c.text(),
  requireAuthorization: c.boolean(),
  rounding: c.text(),
  paymentTermDays: c.int(),
  from: c.long(),
  until: c.optionalLong(),
});

const readCreditNoteIssued = (c: Cursor): CreditNoteIssued => ({
  tenant: c.text(),
  creditNote: c.text(),
  invoice: c.text(),
  at: c.long(),
});

const readFxRatePublished = (c: Cursor): FxRatePublished => ({
  tenant: c.text(),
  rateId: c.text(),
  source: c.text(),
  purpose: c.text(),
  base: c.text(),
  quote: c.text(),
  date: c.text(),
  rate: c.text(),
  fixingTime: c.long(),
});

const readInvoiceLine = (c: Cursor): InvoiceLine => ({
  line: c.int(),
  revenueType: c.text(),
  model: c.text(),
  kind: c.text(),
  priceTable: c.text(),
  priceVersion: c.text(),
  price: c.text(),
  priceBase: c.text(),
  quantity: c.text(),
  calls: c.long(),
  exact: c.text(),
  amount: c.text(),
  servicePeriod: c.text(),
  adjustment: c.boolean(),
  multisetHash: c.text(),
});

const readPartitionOffset = (c: Cursor): PartitionOffset => ({
  partition: c.int(),
  nextOffset: c.long(),
});

const readInvoiceIssued = (c: Cursor): InvoiceIssued => ({
  tenant: c.text(),
  invoice: c.text(),
  number: c.text(),
  series: c.text(),
  seller: c.text(),
  buyer: c.text(),
  contract: c.text(),
  currency: c.text(),
  period: c.text(),
  issuedAt: c.long(),
  dueAt: c.long(),
  issueDate: c.text(),
  lines: c.list(readInvoiceLine),
  lineTotal: c.text(),
  taxTotal: c.text(),
  total: c.text(),
  documentHash: c.text(),
  vector: c.list(readPartitionOffset),
});

const readPaymentReceived = (c: Cursor): PaymentReceived => ({
  tenant: c.text(),
  payment: c.text(),
  payer: c.text(),
  currency: c.text(),
  amount: c.text(),
  date: c.text(),
  reference: c.text(),
  invoices: c.list((c) => c.text()),
});

const readPaymentSent = (c: Cursor): PaymentSent => ({
  tenant: c.text(),
  payment: c.text(),
  payee: c.text(),
  currency: c.text(),
  amount: c.text(),
  date: c.text(),
  settlement: c.text(),
});

const readPeriodClosed = (c: Cursor): PeriodClosed => ({
  tenant: c.text(),
  contract: c.text(),
  period: c.text(),
  zone: c.text(),
  start: c.long(),
  end: c.long(),
  vector: c.list(readPartitionOffset),
});

const readListedPrice = (c: Cursor): ListedPrice => ({
  model: c.text(),
  kind: c.text(),
  perMillion: c.text(),
});

const readPriceTableVersionActivated = (c: Cursor): PriceTableVersionActivated => ({
  tenant: c.text(),
  priceTable: c.text(),
  version: c.text(),
  currency: c.text(),
  effectiveFrom: c.long(),
  prices: c.list(readListedPrice),
  source: c.text(),
});

const readQuotaGranted = (c: Cursor): QuotaGranted => ({
  tenant: c.text(),
  quota: c.text(),
  contract: c.text(),
  at: c.long(),
});

const readSettlementLeg = (c: Cursor): SettlementLeg => ({
  currency: c.text(),
  receivable: c.text(),
  payable: c.text(),
  net: c.text(),
});

const readSettlementCompleted = (c: Cursor): SettlementCompleted => ({
  tenant: c.text(),
  settlement: c.text(),
  counterparty: c.text(),
  period: c.text(),
  date: c.text(),
  legs: c.list(readSettlementLeg),
  payoutCurrency: c.text(),
  payoutAmount: c.text(),
  rateIds: c.list((c) => c.text()),
  realisedFx: c.text(),
  functionalCurrency: c.text(),
});

const readStatementLine = (c: Cursor): StatementLine => ({
  line: c.int(),
  agreement: c.text(),
  agreementVersion: c.int(),
  invoice: c.text(),
  invoiceNumber: c.text(),
  model: c.text(),
  base: c.text(),
  share: c.text(),
  amount: c.text(),
});

const readStatementIssued = (c: Cursor): StatementIssued => ({
  tenant: c.text(),
  statement: c.text(),
  number: c.text(),
  partner: c.text(),
  role: c.text(),
  currency: c.text(),
  period: c.text(),
  issuedAt: c.long(),
  issueDate: c.text(),
  lines: c.list(readStatementLine),
  total: c.text(),
  documentHash: c.text(),
});

const readUsageHoldPlaced = (c: Cursor): UsageHoldPlaced => ({
  tenant: c.text(),
  hold: c.text(),
  contract: c.text(),
  reason: c.text(),
  at: c.long(),
});

const readUsageHoldReleased = (c: Cursor): UsageHoldReleased => ({
  tenant: c.text(),
  hold: c.text(),
  contract: c.text(),
  at: c.long(),
});

const readUsageQuarantined = (c: Cursor): UsageQuarantined => ({
  tenant: c.optionalText(),
  reason: c.text(),
  detail: c.text(),
  topic: c.text(),
  partition: c.int(),
  offset: c.long(),
  identity: c.optionalBlob(),
  source: c.optionalText(),
  id: c.optionalText(),
  attempts: c.int(),
  firstSeenAt: c.long(),
  sealedRaw: c.blob(),
  keyId: c.text(),
});

const readRatedCounts = (c: Cursor): RatedCounts => ({
  rated: c.long(),
  duplicate: c.long(),
  conflict: c.long(),
  unpriced: c.long(),
  quarantined: c.long(),
});

const readRatedDelta = (c: Cursor): RatedDelta => ({
  tenant: c.text(),
  contract: c.text(),
  buyer: c.text(),
  centre: c.text(),
  upstream: c.optionalText(),
  authorization: c.optionalText(),
  lot: c.optionalText(),
  route: c.optionalText(),
  endUserCountry: c.optionalText(),
  modelOrdered: c.text(),
  modelServed: c.optionalText(),
  kind: c.text(),
  priceTable: c.text(),
  priceVersion: c.text(),
  price: c.text(),
  currency: c.text(),
  billingState: c.text(),
  quarterHour: c.long(),
  servicePeriod: c.text(),
  postingPeriod: c.text(),
  quantity: c.text(),
  calls: c.long(),
  amount: c.text(),
});

const readUsageRated = (c: Cursor): UsageRated => ({
  sourceTopic: c.text(),
  sourcePartition: c.int(),
  firstOffset: c.long(),
  lastOffset: c.long(),
  counts: readRatedCounts(c),
  deltas: c.list(readRatedDelta),
});

const readUsageRecorded = (c: Cursor): UsageRecorded => ({
  tenant: c.text(),
  source: c.text(),
  id: c.text(),
  time: c.long(),
  contract: c.text(),
  buyer: c.text(),
  centre: c.text(),
  sentBy: c.optionalText(),
  modelOrdered: c.text(),
  modelServed: c.optionalText(),
  kinds: c.map((c) => c.long()),
  subject: c.optionalText(),
  upstream: c.optionalText(),
  authorization: c.optionalText(),
  lot: c.optionalText(),
  dispatch: c.optionalText(),
  dataOrigin: c.optionalText(),
  endUserCountry: c.optionalText(),
  facility: c.optionalText(),
  pool: c.optionalText(),
  returnCountry: c.optionalText(),
  purpose: c.optionalText(),
  latencyMs: c.optionalLong(),
  credential: c.optionalText(),
  session: c.optionalText(),
  reservation: c.optionalText(),
  admission: c.optionalText(),
  serviceTier: c.optionalText(),
  audioMs: c.optionalLong(),
  images: c.optionalLong(),
  requests: c.optionalLong(),
  outcome: c.optionalText(),
  finality: c.optionalText(),
  correctsSource: c.optionalText(),
  correctsId: c.optionalText(),
  revision: c.optionalLong(),
  correction: c.optionalText(),
  routeType: c.optionalText(),
  route: c.optionalText(),
  controlRegion: c.optionalText(),
  inferenceRegion: c.optionalText(),
  useCase: c.optionalText(),
  industry: c.optionalText(),
  device: c.optionalText(),
  host: c.optionalText(),
  upstreamRequestId: c.optionalText(),
  endUser: c.optionalText(),
  dataClass: c.optionalText(),
  datasetTag: c.optionalText(),
  kindsIncomplete: c.optionalBoolean(),
  metadata: c.map((c) => c.text()),
  extensions: c.map((c) => c.text()),
});

const readUsageRefused = (c: Cursor): UsageRefused => ({
  tenant: c.text(),
  centre: c.text(),
  source: c.optionalText(),
  id: c.optionalText(),
  code: c.text(),
  path: c.optionalText(),
  detail: c.text(),
  receivedAt: c.long(),
  sealedRaw: c.optionalBlob(),
  keyId: c.optionalText(),
  requestId: c.text(),
  door: c.optionalText(),
  sealedAround: c.optionalBlob(),
});

/** How the body of each type's newest version is read. */
export const readers: Readonly<Record<string, (cursor: Cursor) => unknown>> = {
  'agreement.ended': readAgreementEnded,
  'agreement.signed': readAgreementSigned,
  'authorization.granted': readAuthorizationGranted,
  'chain.head': readChainHead,
  'contract.ended': readContractEnded,
  'contract.signed': readContractSigned,
  'credit-note.issued': readCreditNoteIssued,
  'fx-rate.published': readFxRatePublished,
  'invoice.issued': readInvoiceIssued,
  'payment.received': readPaymentReceived,
  'payment.sent': readPaymentSent,
  'period.closed': readPeriodClosed,
  'price-table.version-activated': readPriceTableVersionActivated,
  'quota.granted': readQuotaGranted,
  'settlement.completed': readSettlementCompleted,
  'statement.issued': readStatementIssued,
  'usage.hold-placed': readUsageHoldPlaced,
  'usage.hold-released': readUsageHoldReleased,
  'usage.quarantined': readUsageQuarantined,
  'usage.rated': readUsageRated,
  'usage.recorded': readUsageRecorded,
  'usage.refused': readUsageRefused,
};
