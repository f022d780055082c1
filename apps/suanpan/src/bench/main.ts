import { Command, InvalidArgumentError, Option } from 'commander';

import { endWith } from '../ending.js';
import { type Part, PARTS, runBench } from './run.js';

/** `npm run bench -- [--report FILE] [--events N] [--only limits|ingest|rating]` */
const DEFAULT_EVENTS = 200_000;
const EVENTS_MIN = 1_000;
const EVENTS_MAX = 2_000_000;

const count = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < EVENTS_MIN || number > EVENTS_MAX) {
    throw new InvalidArgumentError(`It is a number from ${EVENTS_MIN} to ${EVENTS_MAX}.`);
  }
  return number;
};

interface Options {
  readonly events: number;
  readonly only?: Part;
  readonly report?: string;
}

const command = new Command('bench')
  .description('the machine’s limits and ours, measured in one run, as ratios')
  .option('--report <file>', 'also write the figures as JSON')
  .option('--events <n>', 'events of one round', count, DEFAULT_EVENTS)
  .addOption(new Option('--only <part>', 'one measurement and its limits').choices([...PARTS]))
  .action(async ({ events, only, report }: Options) => {
    await runBench({
      events,
      only: only ?? null,
      report: report ?? null,
      print: (line) => console.log(line),
    });
  });

endWith(() => command.parseAsync());
