/**
 * `suanpan centre-topic TENANT CENTRE`: makes the Kafka topic that a centre writes itself, and the user
 * that may write it. Run by the operator: it needs the administrator's login, which no service has.
 */
import { Command } from 'commander';

import { openCentreTopic } from '@suanpan/local-stack';
import { centreUser, submittedSpec } from '@suanpan/messages';

import { joinServers } from './servers.js';

interface Options {
  readonly newPassword?: boolean;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const run = async (tenant: string, centre: string, options: Options): Promise<void> => {
  const whose = { tenant, centre };
  const order = {
    topic: submittedSpec(whose),
    user: centreUser(whose),
    newPassword: options.newPassword === true,
  };
  const stack = await joinServers();
  try {
    const { brokers, topic, user, password } = await openCentreTopic(stack, order);
    print(`brokers    ${brokers}`);
    print(`topic      ${topic}`);
    print(`mechanism  SCRAM-SHA-512`);
    print(`user       ${user}`);
    print(
      password === null
        ? 'password   as before; --new-password makes another one'
        : `password   ${password}   (shown once)`,
    );
    print(`Then let usage-ingest read it: PUT /v1/centres/${centre}/topic`);
  } finally {
    await stack.stop();
  }
};

export const centreTopicCommand = (): Command =>
  new Command('centre-topic')
    .description('makes the Kafka topic and user of a compute centre')
    .argument('<tenant>', 'the operator’s tenant')
    .argument('<centre>', 'the centre, as it stands in the directory')
    .option('--new-password', 'give a user that exists another password')
    .action(run);
