import type { Trace, TracedInvoice, TracedShare } from './trace.js';
import type { TracedEffect, TracedVersion } from './versions.js';

/** A trace as a tree for a person: each step one line, what follows from it indented. */
export interface Node {
  readonly text: string;
  readonly below: readonly Node[];
}

const leaf = (text: string): Node => ({ text, below: [] });

const shareNode = (share: TracedShare, currency: string): Node => {
  const { party, role, agreement, agreementVersion } = share;
  const paid = [
    ...(share.statement === null
      ? ['no statement yet']
      : [`statement ${share.statement} line ${share.statementLine}`]),
    ...(share.settlement === null ? [] : [`settlement ${share.settlement}: ${share.payout ?? ''}`]),
    ...(share.rates.length === 0 ? [] : [`at ${share.rates.join(', ')}`]),
    ...(share.bankLine === null ? [] : [`bank line ${share.bankLine}`]),
  ];
  return {
    text: `${party} (${role}) ${share.share} ${currency} of this invoice and model, ${agreement} v${agreementVersion}`,
    below: paid.map(leaf),
  };
};

const invoiceNode = (invoice: TracedInvoice): Node => ({
  text: `invoice ${invoice.number} to ${invoice.buyer}: ${invoice.total} ${invoice.currency}`,
  below: [
    ...invoice.lines.map(({ line, kind, quantity, calls, amount }) =>
      leaf(
        `line ${line} ${kind}: ${quantity} tokens of ${calls} calls, ${amount} ${invoice.currency}`,
      ),
    ),
    {
      text: 'shares 分成',
      below: invoice.shares.map((share) => shareNode(share, invoice.currency)),
    },
    {
      text: 'received 收款',
      below: invoice.receipts.map(({ bankLine, payer, amount, currency, date }) =>
        leaf(`bank line ${bankLine}: ${amount} ${currency} from ${payer} on ${date}`),
      ),
    },
  ],
});

const priceNode = (trace: Trace): Node => ({
  text: `price ${trace.priceTable} version ${trace.priceVersion}: ${trace.amount} ${trace.currency}, exact`,
  below: trace.kinds.map(({ kind, quantity, price, amount }) =>
    leaf(`${kind}: ${quantity} tokens × ${price} per million = ${amount}`),
  ),
});

const effectNode = (effect: TracedEffect): Node =>
  leaf(
    `${effect.sign === 1 ? 'added' : 'taken back'}: ${effect.quantity} tokens, ${effect.amount}, service ${effect.servicePeriod}, posted to ${effect.postingPeriod}`,
  );

const standingOf = ({ code, counts, action }: TracedVersion): string => {
  if (code !== null) return code;
  if (!counts) return 'does not count';
  return action === 'void' ? 'counts: the call is void' : 'counts';
};

const versionNode = (version: TracedVersion): Node => ({
  text:
    version.revision === '0'
      ? `the call itself: ${standingOf(version)}`
      : `revision ${version.revision}, ${version.action} ${version.source} ${version.id} (${version.record ?? '?'}): ${standingOf(version)}`,
  below: version.effects.map(effectNode),
});

const versionNodes = ({ versions }: Trace): readonly Node[] =>
  versions.length === 0 ? [] : [{ text: 'versions 更正', below: versions.map(versionNode) }];

/** The whole way of a call. */
export const treeOf = (trace: Trace): Node => ({
  text: `call ${trace.source} ${trace.id} (${trace.tenant}) at ${trace.time}${trace.isVoid ? ', void 已作废' : ''}`,
  below: [
    leaf(`record ${trace.record}`),
    leaf(`contract ${trace.contract}, model ${trace.model}, centre ${trace.centre ?? '?'}`),
    leaf(`upstream ${trace.upstream ?? 'none'}, authorization ${trace.authorization ?? 'none'}`),
    ...trace.conflicts.map((conflict) => leaf(`conflicting payload refused: ${conflict}`)),
    ...versionNodes(trace),
    ...(trace.state === 'unpriced'
      ? [leaf(`unpriced: ${trace.reason ?? ''}`)]
      : [
          priceNode(trace),
          leaf(
            `bucket ${trace.quarterHour}, ${trace.billing}, service ${trace.servicePeriod}, posted to ${trace.postingPeriod}`,
          ),
          trace.invoice === null ? leaf('not invoiced') : invoiceNode(trace.invoice),
        ]),
  ],
});

/** Lines of text with branches. */
export const drawTree = ({ text, below }: Node, indent = ''): readonly string[] => [
  text,
  ...below.flatMap((node, index) => {
    const isLast = index === below.length - 1;
    const [first = '', ...rest] = drawTree(node, `${indent}${isLast ? '   ' : '│  '}`);
    return [`${indent}${isLast ? '└─ ' : '├─ '}${first}`, ...rest];
  }),
];
