/**
 * Issued statements as rows, and the mark they leave on the shares that they state.
 *
 * Invariant   a projection of the statement streams; a share stands in one statement.
 */
import { Defect } from '@suanpan/event-sourcing';
import { formatMoney } from '@suanpan/money';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { Tx } from '@suanpan/platform-postgres';
import type { StatementIssued } from '@suanpan/profit-share';

export const SERIES = 'ST';
const DIGITS = 6;

/** The number that a place in the series has. */
export const numberOf = (sequence: bigint): string =>
  `${SERIES}-${sequence.toString().padStart(DIGITS, '0')}`;

const sequenceOf = (number: string): bigint => BigInt(number.slice(SERIES.length + 1));

const HEAD = `
insert into statement (tenant, statement, number, series, sequence, partner, role, currency, period,
  issued_at, issue_date, total, document_hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

const LINES = `
insert into statement_line (tenant, statement, partner, line, agreement, agreement_version, invoice,
  invoice_number, model, base, share, amount)
select $1, $2, $3, * from
  unnest($4::int[], $5::text[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::text[], $12::numeric[])`;

const MARK = `
update distribution d set statement = $2
from unnest($4::text[], $5::text[], $6::int[], $7::text[])
  as l(invoice, agreement, agreement_version, model)
where d.tenant = $1 and d.party = $3 and d.statement is null and d.invoice = l.invoice
  and d.agreement = l.agreement and d.agreement_version = l.agreement_version
  and d.model = l.model`;

const insertHead = async (tx: Tx, tenant: string, event: StatementIssued): Promise<void> => {
  await tx.query(HEAD, [
    tenant,
    event.statementId,
    event.number,
    SERIES,
    sequenceOf(event.number).toString(),
    event.partner,
    event.role,
    event.currency,
    event.period,
    toRowInstant(event.issuedAt),
    event.issueDate,
    formatMoney(event.total),
    event.documentHash,
  ]);
};

const insertLines = async (tx: Tx, tenant: string, event: StatementIssued): Promise<void> => {
  const { lines } = event;
  await tx.query(LINES, [
    tenant,
    event.statementId,
    event.partner,
    lines.map(({ line }) => line),
    lines.map(({ agreement }) => agreement),
    lines.map(({ agreementVersion }) => agreementVersion),
    lines.map(({ invoice }) => invoice),
    lines.map(({ invoiceNumber }) => invoiceNumber),
    lines.map(({ model }) => model),
    lines.map(({ base }) => base),
    lines.map(({ share }) => share),
    lines.map(({ amount }) => formatMoney(amount)),
  ]);
};

const markShares = async (tx: Tx, tenant: string, event: StatementIssued): Promise<void> => {
  const { lines, statementId, partner } = event;
  const { rowCount } = await tx.client.query(MARK, [
    tenant,
    statementId,
    partner,
    lines.map(({ invoice }) => invoice),
    lines.map(({ agreement }) => agreement),
    lines.map(({ agreementVersion }) => agreementVersion),
    lines.map(({ model }) => model),
  ]);
  if (rowCount !== lines.length) {
    const counts = `${lines.length} lines, ${rowCount ?? 0} shares`;
    throw new Defect('SHARE_STATED_TWICE', `Statement ${statementId}: ${counts}.`);
  }
};

/** Writes the rows of one statement; the tenant must have been entered. */
export const projectStatement = async (
  tx: Tx,
  tenant: string,
  event: StatementIssued,
): Promise<void> => {
  await insertHead(tx, tenant, event);
  await insertLines(tx, tenant, event);
  await markShares(tx, tenant, event);
};
