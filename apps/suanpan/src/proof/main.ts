import { stopEverything } from '@suanpan/local-stack';
import { Command, InvalidArgumentError } from 'commander';

import { dropOwnStack } from '../bench/own-stack.js';
import { endWith } from '../ending.js';
import { FULL_EVENTS, proveF2 } from './f2-measurement.js';
import { HOME } from './f2-world.js';
import { FULL_INPUTS, proveFuzz } from './fuzz.js';
import { passed, toMarkdown, writeProof } from './proof.js';

/** `npm run proof -- [--part N] [--events N] [--seed N]`: full counts, in parts of at most an hour. */
const SEED = 20_260_501;
const EVENTS_MIN = 2_000;

/** Part n is PARTS[n − 1]; later parts are added at the end. */
const PARTS = [
  { full: FULL_EVENTS, prove: proveF2 },
  { full: FULL_INPUTS, prove: proveFuzz },
];

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < least || number > most) {
      throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
    }
    return number;
  };

/** Thousands, so that every share of the play is whole. */
const thousands = (text: string): number => {
  const number = whole(EVENTS_MIN, FULL_EVENTS)(text);
  if (number % 1_000 !== 0) throw new InvalidArgumentError('It is a multiple of 1,000.');
  return number;
};

interface Options {
  readonly part?: number;
  readonly events?: number;
  readonly seed: number;
}

const print = (line: string): void => console.log(line);

const runPart = async (number: number, { events, seed }: Options): Promise<boolean> => {
  const part = PARTS[number - 1];
  if (part === undefined) throw new Error(`There is no part ${number}.`);
  const count = events ?? part.full;
  print(`part ${number} of ${PARTS.length}: ${count} events, seed ${seed}`);
  const proof = await part.prove({ events: count, seed, print });
  const folder = writeProof(proof, { full: count === part.full });
  print(toMarkdown(proof, `see ${folder}`));
  await stopEverything();
  if (passed(proof)) await dropOwnStack(HOME);
  return passed(proof);
};

const command = new Command('proof')
  .description('the full counts of what the tests show at 1/100')
  .option('--part <n>', 'only this part', whole(1, PARTS.length))
  .option('--events <n>', 'a smaller trial, kept out of docs/proof', thousands)
  .option('--seed <n>', 'of the play', whole(0, 2 ** 31), SEED)
  .action(async (options: Options) => {
    const numbers =
      options.part === undefined ? PARTS.map((_, index) => index + 1) : [options.part];
    for (const number of numbers) {
      if (!(await runPart(number, options))) process.exitCode = 1;
    }
  });

endWith(() => command.parseAsync());
