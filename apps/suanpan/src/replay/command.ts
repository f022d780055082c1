import Table from 'cli-table3';
import { Command } from 'commander';

import type { ServiceName, Stack } from '@suanpan/local-stack';

import { demoEnvironment, hasProgram, programOf, runProgram } from '../demo/services.js';
import { joinServers } from '../servers.js';
import { chooseServices } from './choose-services.js';

/**
 * `suanpan replay [SERVICE…]`: each service rebuilds its projections in a scratch schema from the logs, and says
 * whether the hashes are equal (I6, R2).
 */
interface ReplayedTable {
  readonly table: string;
  readonly rows: number | string;
  readonly hash: string;
  readonly replayedHash: string;
  readonly equal: boolean;
}

interface Replayed {
  readonly service: string;
  readonly tables: readonly ReplayedTable[];
  readonly equal: boolean;
}

const HASH_SHOWN = 12;

/** The last line of JSON among the program's output; its log lines are JSON too. */
const resultOf = (output: string): Replayed | null => {
  for (const line of output.trimEnd().split('\n').reverse()) {
    try {
      const value = JSON.parse(line) as Partial<Replayed>;
      if (Array.isArray(value.tables)) return value as Replayed;
    } catch {
      // A line of another kind.
    }
  }
  return null;
};

const replayOf = async (stack: Stack, service: ServiceName): Promise<Replayed> => {
  const { code, output, errors } = await runProgram(
    [programOf(service, 'replay')],
    demoEnvironment(stack, service),
  );
  const result = resultOf(output);
  if (result !== null) return { ...result, equal: result.equal && code === 0 };
  const last = `${output}${errors}`.trimEnd().split('\n').slice(-8).join('\n');
  throw new Error(`The replay of ${service} ended with code ${code}:\n${last}`);
};

const printReplays = (replays: readonly Replayed[]): void => {
  const table = new Table({
    head: ['service', 'table', 'rows', 'hash', 'replayed', ''],
    colAligns: ['left', 'left', 'right', 'left', 'left', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { service, tables } of replays) {
    for (const { table: name, rows, hash, replayedHash, equal } of tables) {
      const short = (text: string): string => text.slice(0, HASH_SHOWN);
      table.push([
        service,
        name,
        String(rows),
        short(hash),
        short(replayedHash),
        equal ? 'equal' : 'DIFFERS',
      ]);
    }
  }
  console.log(table.toString());
};

export const replayCommand = (): Command =>
  new Command('replay')
    .description('rebuild every projection from the logs in scratch schemas and compare')
    .argument('[services...]', 'only these services')
    .option('--json', 'the results as JSON')
    .action(async (named: readonly string[], { json }: { readonly json?: boolean }) => {
      const services = chooseServices(named, hasProgram);
      const stack = await joinServers();
      const replays: Replayed[] = [];
      for (const service of services) replays.push(await replayOf(stack, service));
      const equal = replays.every((replay) => replay.equal);
      if (json === true) console.log(JSON.stringify({ equal, replays }, null, 2));
      else {
        printReplays(replays);
        console.log(equal ? 'Every projection is equal.' : 'Some projections DIFFER.');
      }
      process.exitCode = equal ? 0 : 1;
    });
