/* eslint-disable max-lines -- generated: one list of every message */
// Generated from ../../schemas by ../../generate.mjs; do not edit.

/** An agreement divides nothing from then on. */
export interface AgreementEnded {
  readonly tenant: string;
  readonly agreement: string;
  /** Microseconds since the epoch. */
  readonly until: bigint;
  /** Microseconds since the epoch. */
  readonly at: bigint;
}
/** A party and its share in one step of the waterfall. */
export interface StepParty {
  readonly party: string;
  readonly role: string;
  /** Basis points, 10000 is the whole. */
  readonly shareBps: bigint;
}
/** One step of the waterfall, in order. */
export interface AgreementStep {
  /** per-million or shares. */
  readonly kind: string;
  /** Who gets a per-million step. */
  readonly party: string | null;
  /** Decimal, per million tokens. */
  readonly perMillion: string | null;
  /** Empty: all. */
  readonly tokenKinds: readonly string[];
  /** Empty: all. */
  readonly models: readonly string[];
  /** The parties of a shares step. */
  readonly parties: readonly StepParty[];
}
/** A version of the rules that divide revenue. */
export interface AgreementSigned {
  readonly tenant: string;
  readonly agreement: string;
  readonly version: number;
  readonly currency: string;
  /** Microseconds since the epoch. */
  readonly effectiveFrom: bigint;
  /** Empty: all. */
  readonly contracts: readonly string[];
  readonly steps: readonly AgreementStep[];
}
/** An upstream permits the resale of a model. */
export interface AuthorizationGranted {
  readonly tenant: string;
  readonly authorization: string;
  /** Microseconds since the epoch. */
  readonly at: bigint;
}
/** The head of a service's chained log. */
export interface ChainHead {
  readonly service: string;
  readonly seq: bigint;
  readonly hash: Buffer;
  /** Microseconds since the epoch. */
  readonly exportedAt: bigint;
}
/** A contract takes no usage from then on. */
export interface ContractEnded {
  readonly tenant: string;
  readonly contract: string;
  /** Microseconds since the epoch. */
  readonly until: bigint;
  /** Microseconds since the epoch. */
  readonly at: bigint;
}
/** What one buyer has agreed. */
export interface ContractSigned {
  readonly tenant: string;
  readonly contract: string;
  readonly buyer: string;
  /** The legal entity that sells. */
  readonly seller: string;
  readonly currency: string;
  /** IANA, of the billing calendar. */
  readonly zone: string;
  readonly priceTable: string;
  readonly requireAuthorization: boolean;
  readonly rounding: string;
  readonly paymentTermDays: number;
  /** Microseconds since the epoch. */
  readonly from: bigint;
  /** Microseconds since the epoch. */
  readonly until: bigint | null;
}
/** A credit against an issued invoice. */
export interface CreditNoteIssued {
  readonly tenant: string;
  readonly creditNote: string;
  readonly invoice: string;
  /** Microseconds since the epoch. */
  readonly at: bigint;
}
/** A rate of one day, source and purpose. */
export interface FxRatePublished {
  /** Empty: for every tenant. */
  readonly tenant: string;
  readonly rateId: string;
  readonly source: string;
  readonly purpose: string;
  readonly base: string;
  readonly quote: string;
  readonly date: string;
  readonly rate: string;
  /** Microseconds since the epoch. */
  readonly fixingTime: bigint;
}
/** One line of an invoice. */
export interface InvoiceLine {
  readonly line: number;
  /** usage, true-up, fee, breakage. */
  readonly revenueType: string;
  readonly model: string;
  readonly kind: string;
  readonly priceTable: string;
  readonly priceVersion: string;
  /** Decimal, for priceBase tokens. */
  readonly price: string;
  /** 1000000 */
  readonly priceBase: string;
  /** Signed integer of tokens. */
  readonly quantity: string;
  readonly calls: bigint;
  /** The price function of the sums, before rounding. */
  readonly exact: string;
  /** Rounded once to the currency's minor unit. */
  readonly amount: string;
  readonly servicePeriod: string;
  /** True for usage of a period that was already closed. */
  readonly adjustment: boolean;
  /** Order-independent hash of the line's calls, hex. */
  readonly multisetHash: string;
}
/** How far one partition of usage.recorded was read. */
export interface PartitionOffset {
  readonly partition: number;
  /** The first offset that was not read. */
  readonly nextOffset: bigint;
}
/** What a buyer owes; never changed. */
export interface InvoiceIssued {
  readonly tenant: string;
  readonly invoice: string;
  readonly number: string;
  readonly series: string;
  readonly seller: string;
  readonly buyer: string;
  readonly contract: string;
  readonly currency: string;
  readonly period: string;
  /** Microseconds since the epoch. */
  readonly issuedAt: bigint;
  /** Microseconds since the epoch. */
  readonly dueAt: bigint;
  readonly issueDate: string;
  readonly lines: readonly InvoiceLine[];
  readonly lineTotal: string;
  readonly taxTotal: string;
  readonly total: string;
  readonly documentHash: string;
  readonly vector: readonly PartitionOffset[];
}
/** Money came in. */
export interface PaymentReceived {
  readonly tenant: string;
  readonly payment: string;
  readonly payer: string;
  readonly currency: string;
  readonly amount: string;
  readonly date: string;
  readonly reference: string;
  readonly invoices: readonly string[];
}
/** Money went out. */
export interface PaymentSent {
  readonly tenant: string;
  readonly payment: string;
  readonly payee: string;
  readonly currency: string;
  readonly amount: string;
  readonly date: string;
  readonly settlement: string;
}
/** The cut of one contract and period. */
export interface PeriodClosed {
  readonly tenant: string;
  readonly contract: string;
  readonly period: string;
  readonly zone: string;
  /** Microseconds since the epoch. */
  readonly start: bigint;
  /** Microseconds since the epoch. */
  readonly end: bigint;
  readonly vector: readonly PartitionOffset[];
}
/** One price of a price table. */
export interface ListedPrice {
  readonly model: string;
  readonly kind: string;
  /** Decimal, per million tokens. */
  readonly perMillion: string;
}
/** The prices from an instant on. */
export interface PriceTableVersionActivated {
  readonly tenant: string;
  readonly priceTable: string;
  readonly version: string;
  readonly currency: string;
  /** Microseconds since the epoch. */
  readonly effectiveFrom: bigint;
  readonly prices: readonly ListedPrice[];
  /** Where the prices come from. */
  readonly source: string;
}
/** Prepaid tokens were granted. */
export interface QuotaGranted {
  readonly tenant: string;
  readonly quota: string;
  readonly contract: string;
  /** Microseconds since the epoch. */
  readonly at: bigint;
}
/** What was netted in one currency. */
export interface SettlementLeg {
  readonly currency: string;
  readonly receivable: string;
  readonly payable: string;
  readonly net: string;
}
/** Receivables and payables of one counterparty were settled. */
export interface SettlementCompleted {
  readonly tenant: string;
  readonly settlement: string;
  readonly counterparty: string;
  readonly period: string;
  readonly date: string;
  readonly legs: readonly SettlementLeg[];
  readonly payoutCurrency: string;
  readonly payoutAmount: string;
  readonly rateIds: readonly string[];
  /** In the functional currency. */
  readonly realisedFx: string;
  readonly functionalCurrency: string;
}
/** What one partner earned on one invoice and model. */
export interface StatementLine {
  readonly line: number;
  readonly agreement: string;
  readonly agreementVersion: number;
  readonly invoice: string;
  readonly invoiceNumber: string;
  readonly model: string;
  /** What was divided. */
  readonly base: string;
  /** The rule in words: 3000 bps, or 0.10 per million. */
  readonly share: string;
  readonly amount: string;
}
/** What one partner earned in one period; never changed. */
export interface StatementIssued {
  readonly tenant: string;
  readonly statement: string;
  readonly number: string;
  readonly partner: string;
  readonly role: string;
  /** The agreement's. */
  readonly currency: string;
  readonly period: string;
  /** Microseconds since the epoch. */
  readonly issuedAt: bigint;
  readonly issueDate: string;
  readonly lines: readonly StatementLine[];
  readonly total: string;
  readonly documentHash: string;
}
/** Usage of a contract must not be billed for now. */
export interface UsageHoldPlaced {
  readonly tenant: string;
  readonly hold: string;
  readonly contract: string;
  readonly reason: string;
  /** Microseconds since the epoch. */
  readonly at: bigint;
}
/** A billing hold has ended. */
export interface UsageHoldReleased {
  readonly tenant: string;
  readonly hold: string;
  readonly contract: string;
  /** Microseconds since the epoch. */
  readonly at: bigint;
}
/** A record of a usage topic that could not be read or that conflicts. */
export interface UsageQuarantined {
  readonly tenant: string | null;
  /** The stable code. */
  readonly reason: string;
  readonly detail: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** 16 bytes. */
  readonly identity: Buffer | null;
  readonly source: string | null;
  readonly id: string | null;
  readonly attempts: number;
  /** Microseconds since the epoch. */
  readonly firstSeenAt: bigint;
  readonly sealedRaw: Buffer;
  readonly keyId: string;
}
/** How the events of the batch ended. */
export interface RatedCounts {
  readonly rated: bigint;
  readonly duplicate: bigint;
  readonly conflict: bigint;
  readonly unpriced: bigint;
  readonly quarantined: bigint;
}
/** A signed change of one usage bucket. */
export interface RatedDelta {
  readonly tenant: string;
  readonly contract: string;
  readonly buyer: string;
  readonly centre: string;
  readonly upstream: string | null;
  readonly authorization: string | null;
  readonly lot: string | null;
  readonly route: string | null;
  readonly endUserCountry: string | null;
  readonly modelOrdered: string;
  /** Null: as ordered. */
  readonly modelServed: string | null;
  /** A token kind. */
  readonly kind: string;
  readonly priceTable: string;
  readonly priceVersion: string;
  /** Decimal, per million tokens. */
  readonly price: string;
  /** ISO 4217. */
  readonly currency: string;
  /** billable or hold. */
  readonly billingState: string;
  /** Start of the service quarter-hour. Microseconds since the epoch. */
  readonly quarterHour: bigint;
  /** 2026-05 */
  readonly servicePeriod: string;
  /** 2026-05 */
  readonly postingPeriod: string;
  /** Signed integer of tokens. */
  readonly quantity: string;
  /** Signed. */
  readonly calls: bigint;
  /** Signed exact decimal, never rounded. */
  readonly amount: string;
}
/** What one committed batch of one source partition changed. */
export interface UsageRated {
  readonly sourceTopic: string;
  readonly sourcePartition: number;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly counts: RatedCounts;
  readonly deltas: readonly RatedDelta[];
}
/** One metered model call that the door has accepted. */
export interface UsageRecorded {
  readonly tenant: string;
  /** The sender within the tenant; with id it names the call for ever. */
  readonly source: string;
  readonly id: string;
  /** When the call was served; picks the price version and the period. Microseconds since the epoch. */
  readonly time: bigint;
  readonly contract: string;
  readonly buyer: string;
  readonly centre: string;
  /** The credential that sent it: the public prefix of the API key, or the topic's user. */
  readonly sentBy: string | null;
  readonly modelOrdered: string;
  /** Null: as ordered. */
  readonly modelServed: string | null;
  /** Tokens by kind; the kinds are disjoint. */
  readonly kinds: Readonly<Record<string, bigint>>;
  readonly subject: string | null;
  readonly upstream: string | null;
  readonly authorization: string | null;
  /** The procurement lot. */
  readonly lot: string | null;
  readonly dispatch: string | null;
  readonly dataOrigin: string | null;
  readonly endUserCountry: string | null;
  readonly facility: string | null;
  readonly pool: string | null;
  readonly returnCountry: string | null;
  readonly purpose: string | null;
  readonly latencyMs: bigint | null;
  readonly credential: string | null;
  readonly session: string | null;
  readonly reservation: string | null;
  readonly admission: string | null;
  readonly serviceTier: string | null;
  readonly audioMs: bigint | null;
  readonly images: bigint | null;
  readonly requests: bigint | null;
  /** complete, cut or failed. */
  readonly outcome: string | null;
  /** provisional or final. */
  readonly finality: string | null;
  /** With correctsId: the call that this one corrects. */
  readonly correctsSource: string | null;
  readonly correctsId: string | null;
  /** The highest revision of a call wins. */
  readonly revision: bigint | null;
  /** correct or void: what this event does to the call that it names. Null: a call. */
  readonly correction: string | null;
  readonly routeType: string | null;
  readonly route: string | null;
  readonly controlRegion: string | null;
  readonly inferenceRegion: string | null;
  readonly useCase: string | null;
  readonly industry: string | null;
  readonly device: string | null;
  readonly host: string | null;
  readonly upstreamRequestId: string | null;
  /** A pseudonym. */
  readonly endUser: string | null;
  readonly dataClass: string | null;
  readonly datasetTag: string | null;
  /** True: the sender's dialect did not split the kinds. */
  readonly kindsIncomplete: boolean | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** CloudEvents extension attributes, carried as they came. */
  readonly extensions: Readonly<Record<string, string>>;
}
/** An event that the door did not accept, and why. */
export interface UsageRefused {
  readonly tenant: string;
  readonly centre: string;
  readonly source: string | null;
  readonly id: string | null;
  readonly code: string;
  readonly path: string | null;
  readonly detail: string;
  /** Microseconds since the epoch. */
  readonly receivedAt: bigint;
  /** The raw input, sealed with the party's key. */
  readonly sealedRaw: Buffer | null;
  readonly keyId: string | null;
  readonly requestId: string;
  /** How the raw input is read again: events, or usage/ and a dialect. Null: not by itself. */
  readonly door: string | null;
  /** What stood around the raw input, in headers, as JSON; sealed with the same key. */
  readonly sealedAround: Buffer | null;
}
/** What each message type carries, newest version. */
export interface MessageMap {
  readonly 'agreement.ended': AgreementEnded;
  readonly 'agreement.signed': AgreementSigned;
  readonly 'authorization.granted': AuthorizationGranted;
  readonly 'chain.head': ChainHead;
  readonly 'contract.ended': ContractEnded;
  readonly 'contract.signed': ContractSigned;
  readonly 'credit-note.issued': CreditNoteIssued;
  readonly 'fx-rate.published': FxRatePublished;
  readonly 'invoice.issued': InvoiceIssued;
  readonly 'payment.received': PaymentReceived;
  readonly 'payment.sent': PaymentSent;
  readonly 'period.closed': PeriodClosed;
  readonly 'price-table.version-activated': PriceTableVersionActivated;
  readonly 'quota.granted': QuotaGranted;
  readonly 'settlement.completed': SettlementCompleted;
  readonly 'statement.issued': StatementIssued;
  readonly 'usage.hold-placed': UsageHoldPlaced;
  readonly 'usage.hold-released': UsageHoldReleased;
  readonly 'usage.quarantined': UsageQuarantined;
  readonly 'usage.rated': UsageRated;
  readonly 'usage.recorded': UsageRecorded;
  readonly 'usage.refused': UsageRefused;
}
