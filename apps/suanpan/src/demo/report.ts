import type { TokenTotals } from './calls.js';
import type { JournalLine } from './journal.js';
import { type EventCounts, type InvoiceHead, type StatementHead, sumOf } from './month-end.js';
import { BUYERS, PERIOD } from './parties.js';
import type { Plan } from './plan.js';
import type { Doors } from './set-up.js';

/**
 * What the demo shows at its end, read from the services' doors, and whether it may be believed.
 *
 * Shape       the JSON of `--report FILE`.
 * Invariant   tokens are summed per model and kind; tokens of two models are never added (N7).
 */
export interface EventReport extends EventCounts {
  readonly offered: number;
  readonly refused: number;
  readonly accepted: number;
}

export interface SettlementHead {
  readonly settlement: string;
  readonly counterparty: string;
  readonly date: string;
  readonly legs: readonly {
    readonly currency: string;
    readonly receivable: string;
    readonly payable: string;
    readonly net: string;
    readonly payoutAmount: string;
  }[];
  readonly payoutCurrency: string;
  readonly payoutAmount: string;
  readonly rates: readonly {
    readonly rateId: string;
    readonly source: string;
    readonly date: string;
    readonly base: string;
    readonly quote: string;
    readonly rate: string;
  }[];
  readonly realisedFx: string;
  readonly functionalCurrency: string;
  readonly bankLine: string | null;
}

export interface ModelTokens {
  readonly model: string;
  readonly kind: string;
  readonly rated: string;
  readonly input: string;
  /** What the corrections of the play change in that; below zero where they take back. */
  readonly corrected: string;
}

export interface Report {
  readonly events: EventReport;
  readonly tokens: readonly ModelTokens[];
  readonly invoices: readonly InvoiceHead[];
  readonly statements: readonly StatementHead[];
  readonly settlements: readonly SettlementHead[];
  /** Σ debits − Σ credits by transaction currency, and in functional currency. */
  readonly trialBalance: Readonly<Record<string, string>>;
  /** Receipts that nothing explains. */
  readonly unexplained: number;
  readonly seconds: number;
  readonly stages: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

interface Usage {
  readonly lines: readonly {
    readonly model: string;
    readonly kind: string;
    readonly quantity: string;
  }[];
}

/** Tokens that were rated for the month, by model and kind, over all contracts. */
export const ratedTokens = async ({ pricing }: Doors): Promise<ReadonlyMap<string, bigint>> => {
  const sums = new Map<string, bigint>();
  for (const { contract } of BUYERS) {
    const query = `contract=${contract}&period=${PERIOD}`;
    const { lines } = await pricing.get<Usage>(`/v1/usage?${query}`);
    for (const { model, kind, quantity } of lines) {
      const key = `${model} ${kind}`;
      sums.set(key, (sums.get(key) ?? 0n) + BigInt(quantity));
    }
  }
  return sums;
};

const KINDS = { input: 'input', cached: 'cached_input', output: 'output' } as const;

const byModelAndKind = (sums: ReadonlyMap<string, TokenTotals>): ReadonlyMap<string, bigint> =>
  new Map(
    [...sums].flatMap(([model, totals]) =>
      Object.entries(KINDS).map(
        ([name, kind]) => [`${model} ${kind}`, totals[name as keyof typeof KINDS]] as const,
      ),
    ),
  );

export interface Expected {
  readonly files: ReadonlyMap<string, TokenTotals>;
  readonly changes: ReadonlyMap<string, TokenTotals>;
}

/** What was rated beside what the input files hold and what corrections change in it, line by line. */
export const compareTokens = (
  rated: ReadonlyMap<string, bigint>,
  { files, changes }: Expected,
): readonly ModelTokens[] => {
  const input = byModelAndKind(files);
  const corrected = byModelAndKind(changes);
  const known = [...input.keys(), ...corrected.keys(), ...rated.keys()];
  const isUsed = (key: string): boolean =>
    [input, corrected, rated].some((sums) => (sums.get(key) ?? 0n) !== 0n);
  return [...new Set(known)]
    .filter(isUsed)
    .sort()
    .map((key) => {
      const [model = '', kind = ''] = key.split(' ');
      return {
        model,
        kind,
        rated: String(rated.get(key) ?? 0n),
        input: String(input.get(key) ?? 0n),
        corrected: String(corrected.get(key) ?? 0n),
      };
    });
};

/** Whether what was rated is what the files and the corrections say. */
export const isEqual = ({ rated, input, corrected }: ModelTokens): boolean =>
  BigInt(rated) === BigInt(input) + BigInt(corrected);

/** Offered, refused and accepted as the senders' journal counts them. */
export const journalCounts = (
  lines: readonly JournalLine[],
): { readonly accepted: number; readonly refused: number; readonly unanswered: number } => {
  const counts = { accepted: 0, refused: 0, unanswered: 0 };
  let intents = 0;
  let outcomes = 0;
  for (const line of lines) {
    if (line.type === 'intent') intents += 1;
    if (line.type !== 'outcome') continue;
    if (line.status === 202) outcomes += 1;
    for (const result of line.results) {
      if (result === 'accepted') counts.accepted += 1;
      else if (result === 'retry') counts.unanswered += 1;
      else counts.refused += 1;
    }
  }
  return { ...counts, unanswered: counts.unanswered + intents - outcomes };
};

interface TrialBalance {
  readonly entities: readonly {
    readonly functionalCurrency: string;
    readonly currencies: readonly { readonly currency: string; readonly sum: string }[];
    readonly functional: { readonly sum: string };
  }[];
}

/** Sums by currency; the functional one is also there as "functional CNY". */
export const readTrialBalance = async ({
  settlement,
}: Doors): Promise<Readonly<Record<string, string>>> => {
  const { entities } = await settlement.get<TrialBalance>('/v1/trial-balance');
  return Object.fromEntries(
    entities.flatMap(({ functionalCurrency, currencies, functional }) => [
      ...currencies.map(({ currency, sum }) => [currency, sum] as const),
      [`functional ${functionalCurrency}`, functional.sum] as const,
    ]),
  );
};

const isZero = (amount: string): boolean => /^-?0(\.0*)?$/.test(amount);

export interface Judged {
  readonly events: EventReport;
  readonly unanswered: number;
  readonly plan: Plan;
  readonly tokens: readonly ModelTokens[];
  readonly invoices: readonly InvoiceHead[];
  readonly trialBalance: Readonly<Record<string, string>>;
  readonly unexplained: number;
}

const eventFaults = ({ events, unanswered, plan }: Judged): readonly string[] => {
  const { roles } = plan;
  const wanted: readonly (readonly [string, number, number])[] = [
    ['offered = refused + accepted', events.refused + events.accepted, events.offered],
    [
      'accepted = rated + duplicate + conflict + unpriced + quarantined',
      sumOf(events),
      events.accepted,
    ],
    ['rated', roles.original + roles.late + roles.correct + roles.void, events.rated],
    ['conflict', roles.altered, events.conflict],
    ['unpriced', roles.unpriced, events.unpriced],
    ['quarantined', 0, events.quarantined],
    // What got no answer was sent again: it may stand in the log once more, and in no sum.
    ...(unanswered > 0
      ? []
      : [
          ['duplicate', roles.duplicate, events.duplicate] as const,
          ['refused', roles.refused, events.refused] as const,
        ]),
  ];
  return wanted.flatMap(([what, expected, found]) =>
    expected === found ? [] : [`${what}: expected ${expected}, found ${found}`],
  );
};

/** Everything in the report that must not be so; empty when it may be believed. */
export const faultsOf = (judged: Judged): readonly string[] => [
  ...eventFaults(judged),
  ...judged.tokens.flatMap((line) => {
    const { model, kind, rated, input, corrected } = line;
    const expected = `files ${input}, corrections ${corrected}`;
    return isEqual(line) ? [] : [`tokens of ${model} ${kind}: ${expected}, rated ${rated}`];
  }),
  ...(judged.invoices.length === 0 ? ['no invoice was issued'] : []),
  ...Object.entries(judged.trialBalance).flatMap(([currency, sum]) =>
    isZero(sum) ? [] : [`the trial balance of ${currency} is ${sum}`],
  ),
  ...(Object.keys(judged.trialBalance).length === 0 ? ['there is no trial balance'] : []),
  ...(judged.unexplained === 0 ? [] : [`${judged.unexplained} receipts are unexplained`]),
];
