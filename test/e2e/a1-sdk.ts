/**
 * Scene A1 recorded with the SDK: first into its journal, from there to the service.
 *
 * Invariant   what is recorded again before it was acknowledged may overtake: each portion is flushed
 *             before the next.
 * Source      libs/sdk/README.md
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMeter, type UsageRecord } from '@suanpan/sdk';
import { ACCOUNT, allCalls, authorizationOf, portions, type Call } from './a1-calls.js';
import type { Centre, Told } from './a1-centre.js';
import { CENTRE, SOURCE } from './scene-a.js';

const recordOf = (call: Call): UsageRecord => ({
  ...{ id: call.id, time: call.time, model: call.model, ...authorizationOf(call) },
  usage: {
    ...{ prompt_tokens: call.prompt, completion_tokens: call.completion },
    prompt_tokens_details: { cached_tokens: call.cached },
    completion_tokens_details: { reasoning_tokens: call.reasoning },
  },
});

export const offerRecords = async ({ url, key }: Centre): Promise<Told> => {
  const folder = await mkdtemp(join(tmpdir(), 'suanpan-a1-'));
  const refused: string[] = [];
  const errors: Error[] = [];
  try {
    const meter = await openMeter({
      ...{ url, apiKey: key, source: SOURCE, journal: join(folder, 'journal') },
      defaults: { ...ACCOUNT, centre: CENTRE },
      onRefused: ({ code }) => refused.push(code),
      onError: (error) => errors.push(error),
    });
    for (const portion of portions) {
      await Promise.all(portion.map((call) => meter.record(recordOf(call))));
      await meter.flush();
    }
    const { left } = await meter.close();
    if (errors[0] !== undefined) throw errors[0];
    return { accepted: allCalls.length - refused.length - left, refused };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
