/* eslint-disable max-lines -- generated: one list of every message */
// Generated from ../../schemas by ../../generate.mjs; do not edit.

import type { Draft } from '../draft.js';
import type { Sink } from '../sink.js';
import type {
  MessageMap,
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
const writeAgreementEnded = (s: Sink, v: Draft<AgreementEnded>): void => {
  s.text(v.tenant);
  s.text(v.agreement);
  s.long(v.until);
  s.long(v.at);
};

const writeStepParty = (s: Sink, v: Draft<StepParty>): void => {
  s.text(v.party);
  s.text(v.role);
  s.long(v.shareBps);
};

const writeAgreementStep = (s: Sink, v: Draft<AgreementStep>): void => {
  s.text(v.kind);
  s.optionalText(v.party);
  s.optionalText(v.perMillion);
  s.list(v.tokenKinds ?? [], (s, v) => s.text(v));
  s.list(v.models ?? [], (s, v) => s.text(v));
  s.list(v.parties ?? [], writeStepParty);
};

const writeAgreementSigned = (s: Sink, v: Draft<AgreementSigned>): void => {
  s.text(v.tenant);
  s.text(v.agreement);
  s.int(v.version);
  s.text(v.currency);
  s.long(v.effectiveFrom);
  s.list(v.contracts, (s, v) => s.text(v));
  s.list(v.steps, writeAgreementStep);
};

const writeAuthorizationGranted = (s: Sink, v: Draft<AuthorizationGranted>): void => {
  s.text(v.tenant);
  s.text(v.authorization);
  s.long(v.at);
};

const writeChainHead = (s: Sink, v: Draft<ChainHead>): void => {
  s.text(v.service);
  s.long(v.seq);
  s.blob(v.hash);
  s.long(v.exportedAt);
};

const writeContractEnded = (s: Sink, v: Draft<ContractEnded>): void => {
  s.text(v.tenant);
  s.text(v.contract);
  s.long(v.until);
  s.long(v.at);
};

const writeContractSigned = (s: Sink, v: Draft<ContractSigned>): void => {
  s.text(v.tenant);
  s.text(v.contract);
  s.text(v.buyer);
  s.text(v.seller);
  s.text(v.currency);
  s.text(v.zone);
  s.text(v.priceTable);
  s.boolean(v.requireAuthorization);
  s.text(v.rounding);
  s.int(v.paymentTermDays);
  s.long(v.from);
  s.optionalLong(v.until);
};

const writeCreditNoteIssued = (s: Sink, v: Draft<CreditNoteIssued>): void => {
  s.text(v.tenant);
  s.text(v.creditNote);
  s.text(v.invoice);
  s.long(v.at);
};

const writeFxRatePublished = (s: Sink, v: Draft<FxRatePublished>): void => {
  s.text(v.tenant);
  s.text(v.rateId);
  s.text(v.source);
  s.text(v.purpose);
  s.text(v.base);
  s.text(v.quote);
  s.text(v.date);
  s.text(v.rate);
  s.long(v.fixingTime);
};

const writeInvoiceLine = (s: Sink, v: Draft<InvoiceLine>): void => {
  s.int(v.line);
  s.text(v.revenueType);
  s.text(v.model);
  s.text(v.kind);
  s.text(v.priceTable);
  s.text(v.priceVersion);
  s.text(v.price);
  s.text(v.priceBase);
  s.text(v.quantity);
  s.long(v.calls);
  s.text(v.exact);
  s.text(v.amount);
  s.text(v.servicePeriod);
  s.boolean(v.adjustment);
  s.text(v.multisetHash);
};

const writePartitionOffset = (s: Sink, v: Draft<PartitionOffset>): void => {
  s.int(v.partition);
  s.long(v.nextOffset);
};

const writeInvoiceIssued = (s: Sink, v: Draft<InvoiceIssued>): void => {
  s.text(v.tenant);
  s.text(v.invoice);
  s.text(v.number);
  s.text(v.series);
  s.text(v.seller);
  s.text(v.buyer);
  s.text(v.contract);
  s.text(v.currency);
  s.text(v.period);
  s.long(v.issuedAt);
  s.long(v.dueAt);
  s.text(v.issueDate);
  s.list(v.lines, writeInvoiceLine);
  s.text(v.lineTotal);
  s.text(v.taxTotal);
  s.text(v.total);
  s.text(v.documentHash);
  s.list(v.vector, writePartitionOffset);
};

const writePaymentReceived = (s: Sink, v: Draft<PaymentReceived>): void => {
  s.text(v.tenant);
  s.text(v.payment);
  s.text(v.payer);
  s.text(v.currency);
  s.text(v.amount);
  s.text(v.date);
  s.text(v.reference);
  s.list(v.invoices, (s, v) => s.text(v));
};

const writePaymentSent = (s: Sink, v: Draft<PaymentSent>): void => {
  s.text(v.tenant);
  s.text(v.payment);
  s.text(v.payee);
  s.text(v.currency);
  s.text(v.amount);
  s.text(v.date);
  s.text(v.settlement);
};

const writePeriodClosed = (s: Sink, v: Draft<PeriodClosed>): void => {
  s.text(v.tenant);
  s.text(v.contract);
  s.text(v.period);
  s.text(v.zone);
  s.long(v.start);
  s.long(v.end);
  s.list(v.vector, writePartitionOffset);
};

const writeListedPrice = (s: Sink, v: Draft<ListedPrice>): void => {
  s.text(v.model);
  s.text(v.kind);
  s.text(v.perMillion);
};

const writePriceTableVersionActivated = (s: Sink, v: Draft<PriceTableVersionActivated>): void => {
  s.text(v.tenant);
  s.text(v.priceTable);
  s.text(v.version);
  s.text(v.currency);
  s.long(v.effectiveFrom);
  s.list(v.prices, writeListedPrice);
  s.text(v.source);
};

const writeQuotaGranted = (s: Sink, v: Draft<QuotaGranted>): void => {
  s.text(v.tenant);
  s.text(v.quota);
  s.text(v.contract);
  s.long(v.at);
};

const writeSettlementLeg = (s: Sink, v: Draft<SettlementLeg>): void => {
  s.text(v.currency);
  s.text(v.receivable);
  s.text(v.payable);
  s.text(v.net);
};

const writeSettlementCompleted = (s: Sink, v: Draft<SettlementCompleted>): void => {
  s.text(v.tenant);
  s.text(v.settlement);
  s.text(v.counterparty);
  s.text(v.period);
  s.text(v.date);
  s.list(v.legs, writeSettlementLeg);
  s.text(v.payoutCurrency);
  s.text(v.payoutAmount);
  s.list(v.rateIds, (s, v) => s.text(v));
  s.text(v.realisedFx);
  s.text(v.functionalCurrency);
};

const writeStatementLine = (s: Sink, v: Draft<StatementLine>): void => {
  s.int(v.line);
  s.text(v.agreement);
  s.int(v.agreementVersion);
  s.text(v.invoice);
  s.text(v.invoiceNumber);
  s.text(v.model);
  s.text(v.base);
  s.text(v.share);
  s.text(v.amount);
};

const writeStatementIssued = (s: Sink, v: Draft<StatementIssued>): void => {
  s.text(v.tenant);
  s.text(v.statement);
  s.text(v.number);
  s.text(v.partner);
  s.text(v.role);
  s.text(v.currency);
  s.text(v.period);
  s.long(v.issuedAt);
  s.text(v.issueDate);
  s.list(v.lines, writeStatementLine);
  s.text(v.total);
  s.text(v.documentHash);
};

const writeUsageHoldPlaced = (s: Sink, v: Draft<UsageHoldPlaced>): void => {
  s.text(v.tenant);
  s.text(v.hold);
  s.text(v.contract);
  s.text(v.reason);
  s.long(v.at);
};

const writeUsageHoldReleased = (s: Sink, v: Draft<UsageHoldReleased>): void => {
  s.text(v.tenant);
  s.text(v.hold);
  s.text(v.contract);
  s.long(v.at);
};

const writeUsageQuarantined = (s: Sink, v: Draft<UsageQuarantined>): void => {
  s.optionalText(v.tenant);
  s.text(v.reason);
  s.text(v.detail);
  s.text(v.topic);
  s.int(v.partition);
  s.long(v.offset);
  s.optionalBlob(v.identity);
  s.optionalText(v.source);
  s.optionalText(v.id);
  s.int(v.attempts);
  s.long(v.firstSeenAt);
  s.blob(v.sealedRaw);
  s.text(v.keyId);
};

const writeRatedCounts = (s: Sink, v: Draft<RatedCounts>): void => {
  s.long(v.rated);
  s.long(v.duplicate);
  s.long(v.conflict);
  s.long(v.unpriced);
  s.long(v.quarantined);
};

const writeRatedDelta = (s: Sink, v: Draft<RatedDelta>): void => {
  s.text(v.tenant);
  s.text(v.contract);
  s.text(v.buyer);
  s.text(v.centre);
  s.optionalText(v.upstream);
  s.optionalText(v.authorization);
  s.optionalText(v.lot);
  s.optionalText(v.route);
  s.optionalText(v.endUserCountry);
  s.text(v.modelOrdered);
  s.optionalText(v.modelServed);
  s.text(v.kind);
  s.text(v.priceTable);
  s.text(v.priceVersion);
  s.text(v.price);
  s.text(v.currency);
  s.text(v.billingState);
  s.long(v.quarterHour);
  s.text(v.servicePeriod);
  s.text(v.postingPeriod);
  s.text(v.quantity);
  s.long(v.calls);
  s.text(v.amount);
};

const writeUsageRated = (s: Sink, v: Draft<UsageRated>): void => {
  s.text(v.sourceTopic);
  s.int(v.sourcePartition);
  s.long(v.firstOffset);
  s.long(v.lastOffset);
  writeRatedCounts(s, v.counts);
  s.list(v.deltas, writeRatedDelta);
};

const writeUsageRecorded = (s: Sink, v: Draft<UsageRecorded>): void => {
  s.text(v.tenant);
  s.text(v.source);
  s.text(v.id);
  s.long(v.time);
  s.text(v.contract);
  s.text(v.buyer);
  s.text(v.centre);
  s.optionalText(v.sentBy);
  s.text(v.modelOrdered);
  s.optionalText(v.modelServed);
  s.map(v.kinds, (s, v) => s.long(v));
  s.optionalText(v.subject);
  s.optionalText(v.upstream);
  s.optionalText(v.authorization);
  s.optionalText(v.lot);
  s.optionalText(v.dispatch);
  s.optionalText(v.dataOrigin);
  s.optionalText(v.endUserCountry);
  s.optionalText(v.facility);
  s.optionalText(v.pool);
  s.optionalText(v.returnCountry);
  s.optionalText(v.purpose);
  s.optionalLong(v.latencyMs);
  s.optionalText(v.credential);
  s.optionalText(v.session);
  s.optionalText(v.reservation);
  s.optionalText(v.admission);
  s.optionalText(v.serviceTier);
  s.optionalLong(v.audioMs);
  s.optionalLong(v.images);
  s.optionalLong(v.requests);
  s.optionalText(v.outcome);
  s.optionalText(v.finality);
  s.optionalText(v.correctsSource);
  s.optionalText(v.correctsId);
  s.optionalLong(v.revision);
  s.optionalText(v.correction);
  s.optionalText(v.routeType);
  s.optionalText(v.route);
  s.optionalText(v.controlRegion);
  s.optionalText(v.inferenceRegion);
  s.optionalText(v.useCase);
  s.optionalText(v.industry);
  s.optionalText(v.device);
  s.optionalText(v.host);
  s.optionalText(v.upstreamRequestId);
  s.optionalText(v.endUser);
  s.optionalText(v.dataClass);
  s.optionalText(v.datasetTag);
  s.optionalBoolean(v.kindsIncomplete);
  s.map(v.metadata ?? {}, (s, v) => s.text(v));
  s.map(v.extensions ?? {}, (s, v) => s.text(v));
};

const writeUsageRefused = (s: Sink, v: Draft<UsageRefused>): void => {
  s.text(v.tenant);
  s.text(v.centre);
  s.optionalText(v.source);
  s.optionalText(v.id);
  s.text(v.code);
  s.optionalText(v.path);
  s.text(v.detail);
  s.long(v.receivedAt);
  s.optionalBlob(v.sealedRaw);
  s.optionalText(v.keyId);
  s.text(v.requestId);
  s.optionalText(v.door);
  s.optionalBlob(v.sealedAround);
};

/** How the body of each type's newest version is written. */
export const writers: {
  readonly [T in keyof MessageMap]: (sink: Sink, value: Draft<MessageMap[T]>) => void;
} = {
  'agreement.ended': writeAgreementEnded,
  'agreement.signed': writeAgreementSigned,
  'authorization.granted': writeAuthorizationGranted,
  'chain.head': writeChainHead,
  'contract.ended': writeContractEnded,
  'contract.signed': writeContractSigned,
  'credit-note.issued': writeCreditNoteIssued,
  'fx-rate.published': writeFxRatePublished,
  'invoice.issued': writeInvoiceIssued,
  'payment.received': writePaymentReceived,
  'payment.sent': writePaymentSent,
  'period.closed': writePeriodClosed,
  'price-table.version-activated': writePriceTableVersionActivated,
  'quota.granted': writeQuotaGranted,
  'settlement.completed': writeSettlementCompleted,
  'statement.issued': writeStatementIssued,
  'usage.hold-placed': writeUsageHoldPlaced,
  'usage.hold-released': writeUsageHoldReleased,
  'usage.quarantined': writeUsageQuarantined,
  'usage.rated': writeUsageRated,
  'usage.recorded': writeUsageRecorded,
  'usage.refused': writeUsageRefused,
};
