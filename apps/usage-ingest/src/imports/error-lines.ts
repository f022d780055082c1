/**
 * The file of what was refused, as a person opens it in a spreadsheet.
 *
 * Shape       CSV with CRLF: row, column, path, code, detail.
 * Invariant   no cell is a formula, whatever the sender wrote.
 * Source      reliability row B84, B52; OWASP, CSV injection
 */
export interface RowError {
  /** As the spreadsheet counts: the header is row 1. */
  readonly row: number;
  readonly column: string | null;
  readonly path: string;
  readonly code: string;
  readonly detail: string;
}

/** A byte order mark, so that spreadsheets read UTF-8, and the names of the columns. */
export const ERROR_HEAD = '\ufeffrow,column,path,code,detail\r\n';

const FORMULA = /^[=+\-@\t\r]/;
const UNSEEN = /[\p{Cc}\p{Cs}]/gu;

const cellOf = (text: string): string => {
  const plain = text.replaceAll(UNSEEN, ' ');
  const safe = FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** The lines of some errors. */
export const errorLines = (errors: readonly RowError[]): string =>
  errors
    .map(({ row, column, path, code, detail }) =>
      [String(row), cellOf(column ?? ''), cellOf(path), cellOf(code), cellOf(detail)].join(','),
    )
    .map((line) => `${line}\r\n`)
    .join('');
