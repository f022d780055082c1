import { Command } from 'commander';

import { centreTopicCommand } from './centre-topic.js';
import { startCommand } from './demo/command.js';
import { endWith } from './ending.js';
import { importCommand } from './import/command.js';
import { replayCommand } from './replay/command.js';
import { traceCommand } from './trace/command.js';
import { verifyCommand } from './verify/command.js';

/** `npx suanpan`: the command line of the whole system. */
const program = new Command('suanpan')
  .description(
    'Suanpan 算盘: meters AI tokens, prices them exactly, shares the revenue, settles, and proves it',
  )
  .addCommand(startCommand())
  .addCommand(verifyCommand())
  .addCommand(traceCommand())
  .addCommand(replayCommand())
  .addCommand(centreTopicCommand())
  .addCommand(importCommand())
  .showHelpAfterError();

endWith(() => program.parseAsync());
