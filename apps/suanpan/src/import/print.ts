/** The result of an import as tables for a person. */
import Table from 'cli-table3';
import type { WireImport } from './wire-import.js';

const style = { head: [], border: [], compact: true };

const kindsOf = ({ tokens }: WireImport): readonly string[] => [
  ...new Set(tokens.flatMap(({ kinds }) => Object.keys(kinds))),
];

/** The lines to print; `errors` is where the list of what was refused was saved. */
export const resultLines = (result: WireImport, errors: string | null): readonly string[] => {
  const { dryRun, status, rows, accepted, refused, code, detail } = result;
  const title = dryRun ? 'Dry run: nothing was recorded.' : `Import ${result.import}`;
  const counts = new Table({ head: ['rows', 'accepted', 'refused'], style });
  counts.push([String(rows), String(accepted), String(refused)]);
  const lines = [title, counts.toString()];
  if (result.tokens.length > 0) {
    const kinds = kindsOf(result);
    const table = new Table({ head: ['tokens of', ...kinds], style });
    for (const { model, kinds: of } of result.tokens) {
      table.push([model, ...kinds.map((kind) => of[kind] ?? '')]);
    }
    lines.push(table.toString());
  }
  if (refused > 0) {
    const table = new Table({ head: ['refused for', 'rows'], style });
    for (const [reason, count] of Object.entries(result.refusedByCode)) {
      table.push([reason, String(count)]);
    }
    lines.push(table.toString());
  }
  if (errors !== null) lines.push(`Row by row: ${errors}`);
  if (status === 'failed') lines.push(`The file was not read to its end: ${code}. ${detail}`);
  return lines;
};
