import { Command, InvalidArgumentError } from 'commander';

import { auditorAccess } from '../access.js';
import { isClean } from './findings.js';
import { printFindings } from './print.js';
import { verify } from './verify.js';

/** `suanpan verify [--journal DIR] [--json] [--wait SECONDS]` */
interface Options {
  readonly journal?: string;
  readonly json?: boolean;
  readonly wait: number;
}

const seconds = (text: string): number => {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number) || number < 0) {
    throw new InvalidArgumentError('It is a number of seconds, 0 or more.');
  }
  return number;
};

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('hold everything that is stored against the raw log; exit code 1 on a violation')
    .option('--journal <dir>', 'the senders’ journal (default: that of npm start)')
    .option('--json', 'the findings as JSON')
    .option('--wait <seconds>', 'how long to wait for what is under way', seconds, 60)
    .action(async ({ journal, json, wait }: Options) => {
      const access = await auditorAccess();
      const findings = await verify({
        ...access,
        journal: journal ?? access.journal,
        waitMs: wait * 1_000,
      });
      if (json === true) {
        const text = (_: string, value: unknown): unknown =>
          typeof value === 'bigint' ? String(value) : value;
        console.log(JSON.stringify({ clean: isClean(findings), findings }, text, 2));
      } else printFindings(findings, (line) => console.log(line));
      process.exitCode = isClean(findings) ? 0 : 1;
    });
