import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Stack, StackProblem } from '@suanpan/local-stack';

import { ApiClient, ApiProblem } from './api-client.js';
import { CENTRES, TENANT } from './parties.js';
import { demoEnvironment, programOf, runProgram, urlOf } from './services.js';

/**
 * API keys of the demo: the operator's first key is issued in the database, the centres' through the door.
 *
 * Shape       keys.json of the stack's home, readable by its owner only: a key is shown once, and a second start
 *             needs it again.
 */
export interface Keys {
  readonly cluster: string;
  readonly operator: string;
  readonly centres: Readonly<Record<string, string>>;
}

const fileOf = (stack: Stack): string => join(stack.home.root, 'keys.json');

/** The keys of an earlier start; null when there are none for these servers. */
export const readKeys = (stack: Stack): Keys | null => {
  if (!existsSync(fileOf(stack))) return null;
  const keys = JSON.parse(readFileSync(fileOf(stack), 'utf8')) as Keys;
  return keys.cluster === stack.state.clusterId ? keys : null;
};

const writeKeys = (stack: Stack, keys: Keys): void => {
  const temporary = `${fileOf(stack)}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, fileOf(stack));
};

const issueOperatorKey = async (stack: Stack): Promise<string> => {
  const { code, output, errors } = await runProgram(
    [programOf('usage-ingest', 'operator-key'), TENANT],
    demoEnvironment(stack, 'usage-ingest'),
  );
  if (code !== 0) throw new StackProblem(`No operator key was made:\n${errors.slice(-500)}`);
  return output.trim();
};

const isAccepted = async (stack: Stack, operator: string): Promise<boolean> => {
  try {
    await new ApiClient(urlOf(stack, 'pricing'), operator).get('/v1/events/counts');
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return false;
    throw error;
  }
};

const issueCentreKeys = async (stack: Stack, operator: string): Promise<Keys['centres']> => {
  const ingest = new ApiClient(urlOf(stack, 'usage-ingest'), operator);
  const keys: Record<string, string> = {};
  for (const { id, source } of CENTRES) {
    const order = { role: 'centre', party: id, sources: [source] };
    const idempotencyKey = `demo-key-${id}-${Date.now()}`;
    const { apiKey } = await ingest.post<{ apiKey: string }>('/v1/api-keys', order, idempotencyKey);
    keys[id] = apiKey;
  }
  return keys;
};

/** The operator's key: the one of an earlier start while it is accepted. */
export const operatorKey = async (stack: Stack): Promise<string> => {
  const known = readKeys(stack);
  if (known !== null && (await isAccepted(stack, known.operator))) return known.operator;
  const operator = await issueOperatorKey(stack);
  writeKeys(stack, { cluster: stack.state.clusterId, operator, centres: {} });
  return operator;
};

/** The keys of all centres; they must be registered. */
export const centreKeys = async (stack: Stack, operator: string): Promise<Keys['centres']> => {
  const known = readKeys(stack);
  if (known !== null && CENTRES.every(({ id }) => known.centres[id] !== undefined)) {
    return known.centres;
  }
  const centres = await issueCentreKeys(stack, operator);
  writeKeys(stack, { cluster: stack.state.clusterId, operator, centres });
  return centres;
};
