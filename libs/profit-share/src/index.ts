export type {
  Agreement,
  AgreementCommand,
  AgreementEnded,
  AgreementEvent,
  AgreementSigned,
  AgreementVersion,
  EndAgreement,
  SignAgreement,
} from './agreement.js';
export { agreement } from './agreement.js';
export type { Asked } from './agreement-in-force.js';
export { agreementInForce, versionAt } from './agreement-in-force.js';
export { requireAlone } from './agreement-overlap.js';
export type { LinePart } from './allocate-invoice-line.js';
export { allocateInvoiceLine } from './allocate-invoice-line.js';
export type {
  Distribution,
  PartyShare,
  SharedDocument,
  StatementAmount,
  VersionDistribution,
  VersionItems,
} from './distribute.js';
export { distribute } from './distribute.js';
export type { InvoiceUsage, IssuedInvoice, IssuedLine, UsageStretch } from './divide-invoice.js';
export { divideInvoice } from './divide-invoice.js';
export type { BaseItem, ExactShare, ModelShare } from './exact-shares.js';
export { exactShares } from './exact-shares.js';
export type { IssueStatement, NumberedLine, Statement, StatementIssued } from './statement.js';
export { statement } from './statement.js';
export type { StatementLine } from './statement-lines.js';
export { statementLines } from './statement-lines.js';
export type {
  Party,
  PerMillionStep,
  PercentageStep,
  ShareOfRest,
  SharesStep,
  Step,
} from './steps.js';
export { WHOLE_BPS, partiesOf, requireSteps } from './steps.js';
