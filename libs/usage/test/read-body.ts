/** Reads a body by a dialect, as the door does. */
import { expect } from '@jest/globals';
import { builtInDialects } from '../src/dialects/index.js';
import { Pieces } from '../src/dialects/pieces.js';
import type { Dialect, Reading } from '../src/dialects/reading.js';
import { Findings, type Refusal } from '../src/refusals.js';

export const read = (name: string | Dialect, body: unknown): Reading | Refusal => {
  const dialect = typeof name === 'string' ? builtInDialects.get(name) : name;
  const findings = new Findings();
  const reading = dialect?.(new Pieces(body, { path: '$', findings }), findings) ?? null;
  return reading ?? (findings.first as Refusal);
};
export const kindsOf = (name: string | Dialect, body: unknown): unknown => {
  const reading = read(name, body);
  return 'kinds' in reading ? reading.kinds : reading;
};
export const sse = (...pieces: readonly unknown[]): string =>
  pieces
    .map((piece) => `data: ${typeof piece === 'string' ? piece : JSON.stringify(piece)}\n\n`)
    .join('');
export const refusal = (code: string, path: string) => expect.objectContaining({ code, path });

/** A whole response of the OpenAI style. */
export const chat = (usage: object) => ({
  ...{ id: 'chatcmpl-1', created: 1_778_000_000, model: 'm-chat', service_tier: 'default' },
  choices: [{ finish_reason: 'stop' }],
  usage,
});
