import { Command, InvalidArgumentError } from 'commander';

import { startDemo } from './start.js';

/** `npm start -- [--once] [--report FILE] [--events N]`, also as `suanpan start`. */
const ALL_EVENTS = 53_132;

const count = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > ALL_EVENTS) {
    throw new InvalidArgumentError(`It is a number from 1 to ${ALL_EVENTS}.`);
  }
  return number;
};

interface StartOptions {
  readonly once?: boolean;
  readonly report?: string;
  readonly events: number;
}

/** The command with its options. */
export const startCommand = (): Command =>
  new Command('start')
    .description('start servers and services, play a real month of usage, close it, report')
    .option('--once', 'end after the report; the exit code says whether it holds')
    .option('--report <file>', 'also write the report as JSON')
    .option('--events <n>', 'play only so many of the real requests', count, ALL_EVENTS)
    .action(async ({ once, report, events }: StartOptions) => {
      process.exitCode = await startDemo({
        once: once === true,
        report: report ?? null,
        events,
        print: (line) => console.log(line),
      });
    });
