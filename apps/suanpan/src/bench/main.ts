import { Command, InvalidArgumentError, Option } from 'commander';

import { endWith } from '../ending.js';
import { type Part, PARTS, runBench } from './run.js';

/** `npm run bench -- [--report FILE] [--events N] [--stream-mib N] [--only limits|ingest|rating]` */
const DEFAULT_EVENTS = 200_000;
const EVENTS_MIN = 1_000;
const EVENTS_MAX = 2_000_000;
const STREAM_MIB = 2_048;
const STREAM_MIB_MAX = 65_536;

const within =
  (min: number, max: number) =>
  (text: string): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < min || number > max) {
      throw new InvalidArgumentError(`It is a number from ${min} to ${max}.`);
    }
    return number;
  };

interface Options {
  readonly events: number;
  readonly streamMib: number;
  readonly only?: Part;
  readonly report?: string;
}

const command = new Command('bench')
  .description('the machine’s limits and ours, measured in one run, as ratios')
  .option('--report <file>', 'also write the figures as JSON')
  .option('--events <n>', 'events of one round', within(EVENTS_MIN, EVENTS_MAX), DEFAULT_EVENTS)
  .option(
    '--stream-mib <n>',
    'length of the one long stream',
    within(1, STREAM_MIB_MAX),
    STREAM_MIB,
  )
  .addOption(new Option('--only <part>', 'one measurement and its limits').choices([...PARTS]))
  .action(async ({ events, streamMib, only, report }: Options) => {
    await runBench({
      events,
      streamMiB: streamMib,
      only: only ?? null,
      report: report ?? null,
      print: (line) => console.log(line),
    });
  });

endWith(() => command.parseAsync());
