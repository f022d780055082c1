// A centre's process that records numbered calls, or follows one stream, and says what is on disk.
// Usage: node centre-program.mjs '{"url","apiKey","journal","from","to","then"}'
import { openMeter } from '@suanpan/sdk';

const { from = 0, to = 0, then = 'close', ...options } = JSON.parse(process.argv[2] ?? '{}');
const say = (text) => process.stdout.write(`${text}\n`);

const meter = await openMeter({
  source: 'gz/vllm-1',
  defaults: { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen', centre: 'gz' },
  batch: { events: 10, lingerMs: 5 },
  ...options,
});
say('open');

for (let number = from; number < to; number += 1) {
  await meter.record({
    id: `call-${number}`,
    time: options.time,
    model: 'm-chat',
    tokens: { input: number, output: 1 },
  });
  say(number);
}

async function* endless() {
  yield { id: 'chatcmpl-9', choices: [{ delta: { content: 'Good' } }] };
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
}

if (then === 'stream') {
  const context = { id: 'running-call', model: 'm-chat' };
  for await (const _chunk of meter.openaiStream(endless(), context)) say('chunk');
}
if (then === 'close') say(JSON.stringify(await meter.close()));
if (then === 'wait') setInterval(() => undefined, 1_000);
