import Table from 'cli-table3';

import { servicePort, type Stack } from '@suanpan/local-stack';

import { SETTLEMENT_DATE } from './month-end.js';
import { BUYERS, OPERATOR, OPERATOR_NAME, PARTNERS, PERIOD } from './parties.js';
import type { Plan } from './plan.js';
import { isEqual, type Report } from './report.js';
import { SERVICE_NAMES } from './services.js';

/**
 * The report as tables for a person; figures are right-aligned and never rounded again.
 */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const figures = head.map((_, column) => rows.every((row) => /^[-–\d]/.test(row[column] ?? '')));
  const made = new Table({
    head: [...head],
    colAligns: figures.map((isFigure) => (isFigure && rows.length > 0 ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) made.push([...row]);
  return made.toString();
};

const named = (id: string): string =>
  id === OPERATOR
    ? OPERATOR_NAME
    : ([...BUYERS, ...PARTNERS].find((party) => party.id === id)?.name ?? id);

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');

const eventRows = ({ events }: Report, { roles }: Plan): readonly (readonly string[])[] => [
  ['offered 送出', String(events.offered), 'what the centres sent'],
  ['refused 拒收', String(events.refused), `${roles.refused} were spoiled on purpose`],
  ['accepted 接收', String(events.accepted), 'on the broker before the door answered'],
  [
    'rated 计价',
    String(events.rated),
    `${roles.late} of them came days late; ${roles.correct} say a call again 更正, ${roles.void} void one 作废`,
  ],
  ['duplicate 重复', String(events.duplicate), 'same id, same payload: counted once'],
  ['conflict 冲突', String(events.conflict), 'same id, other payload: the first one stands'],
  ['unpriced 未定价', String(events.unpriced), 'a model that nobody has priced'],
  ['quarantined 隔离', String(events.quarantined), 'unreadable'],
];

const tokenRows = ({ tokens }: Report): readonly (readonly string[])[] =>
  tokens.map((line) => [
    line.model,
    line.kind,
    grouped(line.rated),
    grouped(line.input),
    grouped(line.corrected),
    isEqual(line) ? 'equal' : 'DIFFERS',
  ]);

const PER_LINE = 5;

/** Several amounts in one cell, a few to a line. */
const inline = (amounts: readonly string[]): string =>
  Array.from({ length: Math.ceil(amounts.length / PER_LINE) }, (_, line) =>
    amounts.slice(line * PER_LINE, (line + 1) * PER_LINE).join(' · '),
  ).join('\n');

const invoiceRows = ({ invoices }: Report): readonly (readonly string[])[] =>
  invoices.map(({ number, buyer, issueDate, currency, total }) => [
    ...[number, named(buyer), issueDate, total, currency],
  ]);

/** One row a partner: its statements, one for each currency it earned in. */
const statementRows = ({ statements }: Report): readonly (readonly string[])[] =>
  [...new Set(statements.map(({ partner }) => partner))].map((partner) => {
    const own = statements.filter((statement) => statement.partner === partner);
    const numbers = [own[0]?.number ?? '', own.at(-1)?.number ?? ''];
    return [
      named(partner),
      own[0]?.role ?? '',
      own.length === 1 ? (numbers[0] ?? '') : numbers.join('\n… '),
      inline(own.map(({ total, currency }) => `${total} ${currency}`)),
    ];
  });

const settlementRows = ({ settlements }: Report): readonly (readonly string[])[] =>
  settlements.map(({ counterparty, legs, payoutAmount, payoutCurrency, ...settled }) => [
    named(counterparty),
    inline(legs.map(({ net, currency }) => `${net} ${currency}`)),
    `${payoutAmount} ${payoutCurrency}`,
    `${settled.realisedFx} ${settled.functionalCurrency}`,
  ]);

/** Every published rate that a settlement used, once. */
const rateRows = ({ settlements }: Report): readonly (readonly string[])[] => {
  const rates = new Map(
    settlements.flatMap((settlement) => settlement.rates).map((rate) => [rate.rateId, rate]),
  );
  return [...rates.values()].map(({ rateId, source, date, base, quote, rate }) => [
    ...[`${base}/${quote}`, rate, date, source, rateId],
  ]);
};

const sections = (report: Report, plan: Plan): readonly string[] => [
  `${OPERATOR_NAME} · ${PERIOD}`,
  'Events 用量事件',
  table(['', 'events', ''], eventRows(report, plan)),
  'Tokens rated = the sum over the input files + what was corrected 词元',
  table(['model', 'kind', 'rated', 'input files', 'corrected', ''], tokenRows(report)),
  'Invoices 账单',
  table(['number', 'buyer', 'issued', 'total', ''], invoiceRows(report)),
  'Partner statements 分成对账单',
  table(['partner', 'role', 'statements', 'totals'], statementRows(report)),
  `Settlements 结算 of ${SETTLEMENT_DATE} (simulated payments)`,
  table(['counterparty', 'net', 'paid out', 'realised FX'], settlementRows(report)),
  'FX rates of the settlements 汇率 (reference rates by policy, not dealt)',
  table(['pair', 'rate', 'date', 'source', 'id'], rateRows(report)),
  'Trial balance 试算平衡 (debits − credits)',
  table(['currency', 'sum'], Object.entries(report.trialBalance)),
  `Unexplained money 未达账项: ${report.unexplained}`,
];

const stageLine = ({ stages, seconds }: Report): string =>
  `${Object.entries(stages)
    .map(([stage, took]) => `${stage} ${took} s`)
    .join(' · ')} · all ${seconds} s`;

const nextSteps = (stack: Stack, { calls }: Plan): readonly string[] => [
  'Where to look next 下一步',
  ...SERVICE_NAMES.map((name) => `  http://127.0.0.1:${servicePort(stack, name)}/docs   ${name}`),
  `  the operator’s API key: ${stack.home.root}/keys.json`,
  '  npx suanpan verify    holds all of this against the raw log (while the servers run)',
  '  npx suanpan replay    rebuilds every projection from the logs and compares',
  `  npx suanpan trace ${calls[0]?.centre.source ?? ''} ${calls[0]?.request.id ?? ''}`,
  '                        from one call to the bank line',
  '  npm run stack -- up   starts the servers alone, and lets them run',
];

/** Everything a person wants to see. */
export const printReport = (
  { report, plan, stack }: { readonly report: Report; readonly plan: Plan; readonly stack: Stack },
  print: (line: string) => void,
): void => {
  for (const section of sections(report, plan)) print(`\n${section}`);
  print(`\n${stageLine(report)}\n`);
  for (const line of nextSteps(stack, plan)) print(line);
  for (const fault of report.faults) print(`FAULT: ${fault}`);
};
