import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import {
  ensureTopics,
  type Stack,
  startStack,
  stopEverything,
  withAdmin,
} from '@suanpan/local-stack';
import { topics } from '@suanpan/messages';

import { ApiClient } from './api-client.js';
import { totalsByModel } from './calls.js';
import { openJournal } from './journal.js';
import { centreKeys, operatorKey } from './keys.js';
import {
  closeMonth,
  issueStatements,
  receive,
  readCounts,
  settle,
  sumOf,
  waitForBooks,
  waitForRating,
} from './month-end.js';
import { TENANT } from './parties.js';
import { type Plan, planPlay } from './plan.js';
import { httpSend, play, type Progress } from './player.js';
import { printReport } from './print-report.js';
import {
  compareTokens,
  faultsOf,
  journalCounts,
  ratedTokens,
  readTrialBalance,
  type Report,
  type SettlementHead,
} from './report.js';
import { requireNoServices, writeServices } from './running-services.js';
import { migrateAll, startServices, urlOf } from './services.js';
import { type Doors, setUp } from './set-up.js';
import { Stages } from './stages.js';
import { readTraces } from './traces.js';

/**
 * `npm start`: servers, services, a real month of usage, its close, and the report.
 *
 * Invariant   run twice, the second run changes no total: what the journal knows is not sent again, and every
 *             command has a fixed key.
 */
export interface StartDemo {
  readonly once: boolean;
  readonly report: string | null;
  /** How many of the real requests are played. */
  readonly events: number;
  readonly print: (line: string) => void;
}

const SEED = 'suanpan-demo-1';

const doorsOf = (stack: Stack, key: string): Doors => ({
  ingest: new ApiClient(urlOf(stack, 'usage-ingest'), key),
  pricing: new ApiClient(urlOf(stack, 'pricing'), key),
  shares: new ApiClient(urlOf(stack, 'profit-share'), key),
  settlement: new ApiClient(urlOf(stack, 'cross-border-settlement'), key),
});

export const journalFolder = (stack: Stack): string => join(stack.home.root, 'journal');

const progressLine = (print: StartDemo['print']): ((progress: Progress) => void) => {
  let shown = 0;
  return ({ batches, of, events, seconds }) => {
    const isLast = batches === of;
    if (!isLast && seconds - shown < 1) return;
    shown = seconds;
    const rate = Math.round(events / Math.max(seconds, 0.001));
    print(`   ${batches}/${of} batches · ${events} events · ${rate} events/s`);
  };
};

/** The cluster that the log belongs to: another cluster has another journal. */
const clusterOf = (stack: Stack): Promise<string> =>
  withAdmin(stack.kafka, async (admin) => (await admin.describeCluster()).clusterId);

interface Running {
  readonly stack: Stack;
  readonly doors: Doors;
  readonly operator: string;
}

const bringUp = async (stages: Stages, print: StartDemo['print']): Promise<Running> => {
  const stack = await stages.run('servers', () => startStack({ log: print }));
  await requireNoServices(stack);
  await stages.run('migrations', async () => {
    await withAdmin(stack.kafka, (admin) => ensureTopics(admin, topics));
    await migrateAll(stack);
  });
  const services = await stages.run('services', () => startServices(stack, print));
  writeServices(stack, services);
  const operator = await operatorKey(stack);
  return { stack, doors: doorsOf(stack, operator), operator };
};

const playAll = async (
  { stack, operator }: Running,
  plan: Plan,
  { events, print }: StartDemo,
): Promise<ReturnType<typeof journalCounts>> => {
  const keys = await centreKeys(stack, operator);
  const journal = openJournal(journalFolder(stack), {
    ...{ type: 'play', tenant: TENANT, seed: SEED, events },
    cluster: await clusterOf(stack),
  });
  try {
    const keyOf = (centre: string): string => keys[centre] ?? '';
    const { sent, skipped } = await play({
      batches: plan.batches,
      journal,
      send: httpSend(urlOf(stack, 'usage-ingest'), keyOf),
      onProgress: progressLine(print),
    });
    if (skipped > 0) {
      print(`   ${skipped} of ${plan.batches.length} batches were played before: not sent again`);
    }
    print(`   ${sent} events sent now`);
  } finally {
    journal.close();
  }
  return journalCounts(journal.read());
};

const readSettlements = async ({ settlement }: Doors): Promise<readonly SettlementHead[]> =>
  (await settlement.get<{ settlements: readonly SettlementHead[] }>('/v1/settlements')).settlements;

/** The whole demo up to its report. */
const run = async (
  running: Running,
  plan: Plan,
  { options, stages }: { readonly options: StartDemo; readonly stages: Stages },
): Promise<Report> => {
  const { doors } = running;
  await stages.run('set-up', () => setUp(doors));
  const sent = await stages.run('play', () => playAll(running, plan, options));
  await stages.run('rating', () => waitForRating(doors, sent.accepted));
  const invoices = await stages.run('close', () => closeMonth(doors));
  // The close has waited for the end of the log. An attempt without an answer that reached the log was an offer
  // too, and was accepted.
  const counts = await readCounts(doors);
  const accepted = sent.unanswered === 0 ? sent.accepted : sumOf(counts);
  const statements = await stages.run('statements', () => issueStatements(doors));
  await stages.run('settlement', async () => {
    await receive(doors, await waitForBooks(doors, invoices, statements));
    await settle(doors);
  });
  const events = { offered: sent.refused + accepted, refused: sent.refused, accepted, ...counts };
  const expected = { files: totalsByModel(plan.calls), changes: plan.changes };
  const tokens = compareTokens(await ratedTokens(doors), expected);
  const trialBalance = await readTrialBalance(doors);
  const { count: unexplained } = await doors.settlement.get<{ count: number }>('/v1/unexplained');
  const judged = { events, plan, tokens, invoices, trialBalance, unexplained };
  return {
    ...{ events, tokens, invoices, statements, trialBalance, unexplained },
    settlements: await readSettlements(doors),
    seconds: stages.total(),
    stages: stages.seconds(),
    faults: faultsOf({ ...judged, unanswered: sent.unanswered }),
  };
};

const writeReport = (file: string, report: Report): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
};

/** Runs the demo; the exit code is 1 when its report may not be believed. */
export const startDemo = async (options: StartDemo): Promise<number> => {
  const stages = new Stages(options.print);
  const plan = planPlay({ traces: readTraces(), seed: SEED, events: options.events });
  const running = await bringUp(stages, options.print);
  const report = await run(running, plan, { options, stages });
  printReport({ report, plan, stack: running.stack }, options.print);
  if (options.report !== null) writeReport(options.report, report);
  const code = report.faults.length === 0 ? 0 : 1;
  if (options.once) {
    await stopEverything();
    return code;
  }
  options.print('\nEverything stays up until Ctrl-C.');
  // The services' guards keep this process alive.
  return new Promise(() => undefined);
};
