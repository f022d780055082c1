import type { Snapshot } from './database.js';
import type { Tally } from './findings.js';

/**
 * Numbers of issued documents: each series runs 1, 2, 3 … without a gap or a repetition.
 *
 * Source      I7; reliability I10
 */
interface NumberRow {
  readonly series: string;
  readonly sequence: string;
  readonly number: string;
}

const checkSeries = (rows: readonly NumberRow[], tally: Tally): void => {
  const next = new Map<string, bigint>();
  for (const { series, sequence, number } of rows) {
    const expected = next.get(series) ?? 1n;
    next.set(series, BigInt(sequence) + 1n);
    const fault =
      BigInt(sequence) === expected ? null : `expected number ${expected}, found ${sequence}`;
    tally.see(fault === null ? null : `${series} ${number}: ${fault}`);
  }
};

const checkLast = (
  documents: readonly NumberRow[],
  series: readonly { series: string; last: string }[],
  tally: Tally,
): void => {
  for (const { series: name, last } of series) {
    const count = documents.filter((row) => row.series === name).length;
    if (BigInt(last) !== BigInt(count)) {
      tally.violate(`${name}: ${last} numbers were given, ${count} documents stand`);
    }
  }
};

/** Invoices per legal entity and series, statements per series. */
export const checkNumbers = async (snapshot: Snapshot, tally: Tally): Promise<void> => {
  const invoices = await snapshot.rows<NumberRow>(
    `select tenant || ' ' || seller || ' ' || series as series, sequence, number
     from pricing.invoice order by 1, pricing.invoice.sequence`,
  );
  checkSeries(invoices, tally);
  const invoiceSeries = await snapshot.rows<{ series: string; last: string }>(
    `select tenant || ' ' || seller || ' ' || series as series, last_sequence as last
     from pricing.invoice_series`,
  );
  checkLast(invoices, invoiceSeries, tally);
  const statements = await snapshot.rows<NumberRow>(
    `select tenant || ' ' || series as series, sequence, number
     from profit_share.statement order by 1, profit_share.statement.sequence`,
  );
  checkSeries(statements, tally);
  const statementSeries = await snapshot.rows<{ series: string; last: string }>(
    `select tenant || ' ' || series as series, last_sequence as last
     from profit_share.statement_series`,
  );
  checkLast(statements, statementSeries, tally);
};
