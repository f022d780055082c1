import { Command } from 'commander';

import { auditorAccess } from '../access.js';
import { openSnapshot } from '../verify/database.js';
import { traceCall } from './trace.js';
import { drawTree, treeOf } from './tree.js';

/** `suanpan trace SOURCE ID [--tenant T] [--json]` */
interface Options {
  readonly tenant?: string;
  readonly json?: boolean;
}

export const traceCommand = (): Command =>
  new Command('trace')
    .description(
      'one call: record → price → bucket → invoice line → statement → settlement → bank line',
    )
    .argument('<source>', 'the event’s source')
    .argument('<id>', 'the event’s id; a correction leads to its call')
    .option('--tenant <tenant>', 'where several tenants have such a call')
    .option('--json', 'as JSON')
    .action(async (source: string, id: string, { tenant, json }: Options) => {
      const { databaseUrl } = await auditorAccess();
      const snapshot = await openSnapshot(databaseUrl);
      try {
        const traces = await traceCall(snapshot, { source, id, tenant: tenant ?? null });
        if (json === true) console.log(JSON.stringify(traces, null, 2));
        else for (const trace of traces) console.log(drawTree(treeOf(trace)).join('\n'));
        if (traces.length === 0) {
          console.error(`No call ${source} ${id} was rated. Refused or waiting? See /v1/refused.`);
          process.exitCode = 1;
        }
      } finally {
        await snapshot.close();
      }
    });
