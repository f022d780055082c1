import { type Check, type Finding, Tally } from './findings.js';

/**
 * The list of all checks, each with its invariant, its layer and what it says; the table that verify prints.
 */
const CHECKS = {
  lost: { invariant: 'I1', layer: 'senders', what: 'accepted events stand in the log' },
  invented: { invariant: 'I1', layer: 'senders', what: 'logged events were sent, unchanged' },
  refused: { invariant: 'I1', layer: 'senders', what: 'refusals are kept with their reason' },
  log: { invariant: 'I1', layer: 'log', what: 'records: no gap, right key, right partition' },
  batches: { invariant: 'I7', layer: 'log copy', what: 'batches: ranges, counts, Merkle roots' },
  counts: { invariant: 'I1', layer: 'calls', what: 'each record has exactly one ending' },
  'daily counts': {
    invariant: 'I1',
    layer: 'calls',
    what: 'endings by centre and day are those of the log',
  },
  quarantine: {
    invariant: 'I1',
    layer: 'calls',
    what: 'conflicts and poison are kept, and only those',
  },
  unpriced: {
    invariant: 'I1',
    layer: 'calls',
    what: 'events without a price are kept with the reason',
  },
  calls: { invariant: 'I2', layer: 'calls', what: 'calls equal the log: tokens, price, amount' },
  corrections: {
    invariant: 'I2',
    layer: 'corrections',
    what: 'corrections and their signed effects equal the log',
  },
  buckets: { invariant: 'I2', layer: 'buckets', what: 'buckets equal sums over the log' },
  tokens: { invariant: 'I2', layer: 'buckets', what: 'Σ tokens of calls + effects = Σ of buckets' },
  accruals: { invariant: 'I2', layer: 'split', what: 'accruals equal buckets, with exact amounts' },
  'invoice lines': { invariant: 'I3', layer: 'invoice', what: 'line = price × Σ, rounded once' },
  provenance: {
    invariant: 'I9',
    layer: 'invoice',
    what: 'lines lead to their calls: count and hash',
  },
  'invoice totals': { invariant: 'I3', layer: 'invoice', what: 'total = Σ lines + tax' },
  'split sums': { invariant: 'I4', layer: 'split', what: 'Σ shares = what was divided' },
  'split shares': { invariant: 'I4', layer: 'split', what: 'each share against its exact value' },
  statements: { invariant: 'I4', layer: 'statement', what: 'lines are shares, totals are sums' },
  entries: { invariant: 'I5', layer: 'journal', what: 'each entry is zero in every currency' },
  'trial balance': { invariant: 'I5', layer: 'journal', what: 'trial balances are zero' },
  fx: { invariant: 'I5', layer: 'journal', what: 'conversions at published rates; FX differences' },
  papers: { invariant: 'I5', layer: 'journal', what: 'receivables and payables are the documents' },
  'journal chain': { invariant: 'I7', layer: 'journal', what: 'entries are chained and unchanged' },
  numbers: { invariant: 'I7', layer: 'invoice', what: 'numbers of documents have no gap' },
  documents: { invariant: 'I7', layer: 'invoice', what: 'documents are what was published' },
  catalogue: { invariant: 'I7', layer: 'streams', what: 'prices and contracts are as published' },
  streams: { invariant: 'I7', layer: 'streams', what: 'event streams are chained, without a gap' },
  heads: { invariant: 'I7', layer: 'streams', what: 'head logs stand, with every exported head' },
  outboxes: {
    invariant: 'I7',
    layer: 'streams',
    what: 'outboxes are on their topics, byte by byte',
  },
  tenants: { invariant: 'I10', layer: 'tenants', what: 'rows lead to rows of the same tenant' },
  walls: { invariant: 'I10', layer: 'tenants', what: 'row security is forced on every table' },
  liveness: { invariant: 'I29', layer: 'log copy', what: 'nothing is left under way' },
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof CHECKS;

export class Tallies {
  private readonly tallies = new Map<CheckName, Tally>();

  of(name: CheckName): Tally {
    const known = this.tallies.get(name);
    if (known !== undefined) return known;
    const tally = new Tally(CHECKS[name]);
    this.tallies.set(name, tally);
    return tally;
  }

  /** One finding for each check, also for those that found nothing to look at. */
  findings(): readonly Finding[] {
    return (Object.keys(CHECKS) as CheckName[]).map((name) => this.of(name).finding());
  }
}
