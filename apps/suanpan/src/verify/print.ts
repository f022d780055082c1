import Table from 'cli-table3';

import { type Finding, isClean } from './findings.js';

/**
 * The auditor's table: one line a check, and the first few rows that break it.
 */
const resultOf = ({ checked, violations }: Finding): string => {
  if (violations > 0) return `${violations} VIOLATIONS`;
  return checked === 0 ? 'nothing to check' : 'ok';
};

export const printFindings = (
  findings: readonly Finding[],
  print: (line: string) => void,
): void => {
  const table = new Table({
    head: ['', 'layer', 'what', 'checked', 'result'],
    colAligns: ['left', 'left', 'left', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const finding of findings) {
    const { invariant, layer, what, checked } = finding;
    table.push([invariant, layer, what, String(checked), resultOf(finding)]);
  }
  print(table.toString());
  for (const { invariant, layer, what, violations, examples } of findings) {
    if (violations === 0) continue;
    print(`\n${invariant} · ${layer} · ${what}: ${violations} violations`);
    for (const example of examples) print(`  ${example}`);
    if (violations > examples.length) print(`  … and ${violations - examples.length} more`);
  }
  print(isClean(findings) ? '\nAll invariants hold.' : '\nThe books are NOT clean.');
};
