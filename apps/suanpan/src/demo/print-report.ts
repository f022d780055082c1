import Table from 'cli-table3';

import { servicePort, type Stack } from '@suanpan/local-stack';

import { BUYERS, OPERATOR_NAME, PARTNERS, PERIOD } from './parties.js';
import type { Plan } from './plan.js';
import type { Report, SettlementHead } from './report.js';
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
  [...BUYERS, ...PARTNERS].find((party) => party.id === id)?.name ?? id;

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');

const eventRows = ({ events }: Report, { roles }: Plan): readonly (readonly string[])[] => [
  ['offered 送出', String(events.offered), 'what the centres sent'],
  ['refused 拒收', String(events.refused), `${roles.refused} were spoiled on purpose`],
  ['accepted 接收', String(events.accepted), 'on the broker before the door answered'],
  ['rated 计价', String(events.rated), `${roles.late} of them came days late`],
  ['duplicate 重复', String(events.duplicate), 'same id, same payload: counted once'],
  ['conflict 冲突', String(events.conflict), 'same id, other payload: the first one stands'],
  ['unpriced 未定价', String(events.unpriced), 'a model that nobody has priced'],
  ['quarantined 隔离', String(events.quarantined), 'unreadable'],
];

const tokenRows = ({ tokens }: Report): readonly (readonly string[])[] =>
  tokens.map(({ model, kind, rated, input }) => [
    model,
    kind,
    grouped(rated),
    grouped(input),
    rated === input ? 'equal' : 'DIFFERS',
  ]);

const rateText = ({ rates }: SettlementHead): string =>
  rates.length === 0
    ? '–'
    : rates
        .map(({ source, date, base, quote, rate }) => `${source} ${date} ${base}/${quote} ${rate}`)
        .join('\n');

const settlementRows = ({ settlements }: Report): readonly (readonly string[])[] =>
  settlements.map((settlement) => [
    named(settlement.counterparty),
    settlement.legs.map(({ net, currency }) => `${net} ${currency}`).join('\n'),
    `${settlement.payoutAmount} ${settlement.payoutCurrency}`,
    rateText(settlement),
    `${settlement.realisedFx} ${settlement.functionalCurrency}`,
  ]);

const sections = (report: Report, plan: Plan): readonly string[] => [
  `${OPERATOR_NAME} · ${PERIOD}`,
  'Events 用量事件',
  table(['', 'events', ''], eventRows(report, plan)),
  'Tokens rated, beside the sum over the input files 词元',
  table(['model', 'kind', 'rated', 'input files', ''], tokenRows(report)),
  'Invoices 账单',
  table(
    ['number', 'buyer', 'currency', 'total'],
    report.invoices.map(({ number, buyer, currency, total }) => [
      ...[number, named(buyer), currency, total],
    ]),
  ),
  'Partner statements 分成对账单',
  table(
    ['number', 'partner', 'role', 'currency', 'total'],
    report.statements.map(({ number, partner, role, currency, total }) => [
      ...[number, named(partner), role, currency, total],
    ]),
  ),
  'Settlements 结算 (reference rates of the ECB, simulated payments)',
  table(['counterparty', 'net', 'paid out', 'rates', 'realised FX'], settlementRows(report)),
  'Trial balance 试算平衡 (debits − credits)',
  table(['currency', 'sum'], Object.entries(report.trialBalance)),
  `Unexplained money 未达账项: ${report.unexplained}`,
];

const stageLine = ({ stages, seconds }: Report): string =>
  `${Object.entries(stages)
    .map(([stage, took]) => `${stage} ${took} s`)
    .join(' · ')} · all ${seconds} s`;

const nextSteps = (stack: Stack, report: Report): readonly string[] => [
  'Where to look next 下一步',
  ...SERVICE_NAMES.map((name) => `  http://127.0.0.1:${servicePort(stack, name)}/docs   ${name}`),
  `  the operator’s API key is in ${stack.home.root}/keys.json`,
  '  npx suanpan verify                      holds all of this against the raw log',
  '  npx suanpan replay                      rebuilds every projection and compares',
  `  npx suanpan trace ${report.events.rated > 0 ? '/centres/eastern-guangdong/gateway-1' : 'SOURCE'} ID   from a call to the bank line`,
];

/** Everything a person wants to see. */
export const printReport = (
  { report, plan, stack }: { readonly report: Report; readonly plan: Plan; readonly stack: Stack },
  print: (line: string) => void,
): void => {
  for (const section of sections(report, plan)) print(`\n${section}`);
  print(`\n${stageLine(report)}\n`);
  for (const line of nextSteps(stack, report)) print(line);
  for (const fault of report.faults) print(`FAULT: ${fault}`);
};
