/**
 * HTTP to acknowledged: the real usage-ingest process under batches of 1,000 from another process.
 *
 * Units       milliseconds from a batch's first byte to its answer; CPU of usage-ingest alone
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { StackProblem } from '@suanpan/local-stack';

import { urlOf } from '../demo/services.js';
import { begin, type Bench, recordsIn } from './bench.js';
import { type Figure, microsEach, percentile, perSecond, rounded } from './figures.js';
import { USAGE_TOPIC } from './kafka-limits.js';
import { cpuOf, peakMiBOf } from './proc.js';
import type { Answer, Order, Sent } from './sender.js';

const IN_FLIGHT = 4;

export interface IngestFigures {
  readonly perSecond: Figure;
  readonly batchP50Millis: Figure;
  readonly batchP99Millis: Figure;
  readonly cpuMicrosPerEvent: Figure;
  readonly peakMiB: Figure;
}

const nextAnswer = (child: ChildProcess): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new StackProblem(`The sender ended with code ${code}.`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as Answer);
    });
  });

const sentOf = (answer: Answer): Sent => {
  if ('sent' in answer) return answer.sent;
  throw new StackProblem('failed' in answer ? answer.failed : 'The sender said the wrong thing.');
};

/** Sends through a process of its own; `started` runs when everything is rendered. */
const sendFromOutside = async (order: Order, started: () => void): Promise<Sent> => {
  const file = fileURLToPath(new URL('sender.js', import.meta.url));
  const child = fork(file, ['send'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const ready = nextAnswer(child);
    child.send(order);
    await ready;
    const sent = nextAnswer(child);
    started();
    child.send('go');
    return sentOf(await sent);
  } finally {
    child.disconnect();
  }
};

const checkLog = async ({ stack }: Bench, accepted: number): Promise<void> => {
  const found = await recordsIn(stack, USAGE_TOPIC);
  if (found === accepted) return;
  throw new StackProblem(`${accepted} events were accepted, and the log holds ${found}.`);
};

/** Offers all events of the first round; they stay on the log for the rating. */
export const measureIngest = async (
  bench: Bench,
  keys: Readonly<Record<string, string>>,
): Promise<IngestFigures> => {
  const { events, stack } = bench;
  const { service, pid } = await begin(bench, 'usage-ingest', { ready: true });
  const order = { url: urlOf(stack, 'usage-ingest'), keys, events, inFlight: IN_FLIGHT };
  let before: Figure = null;
  const sent = await sendFromOutside(order, () => {
    before = cpuOf(pid());
  });
  const after = cpuOf(pid());
  const peakMiB = peakMiBOf(pid());
  await service.stop();
  await checkLog(bench, sent.accepted);
  const spent = before === null || after === null ? null : after - before;
  return {
    perSecond: perSecond(sent.accepted, sent.seconds),
    batchP50Millis: rounded(percentile(sent.batchMillis, 50), 1),
    batchP99Millis: rounded(percentile(sent.batchMillis, 99), 1),
    cpuMicrosPerEvent: microsEach(spent, sent.accepted),
    peakMiB,
  };
};
