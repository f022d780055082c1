import { type ServiceName, StackProblem } from '@suanpan/local-stack';

import { type ProgramName, SERVICE_NAMES } from '../demo/services.js';

/**
 * Which services a replay is run for.
 *
 * Invariant   at least one: a replay of nothing would say that everything is equal.
 */
export type HasProgram = (service: ServiceName, program: ProgramName) => boolean;

/** The named services, or all that have a replay; refuses what it does not know. */
export const chooseServices = (
  named: readonly string[],
  has: HasProgram,
): readonly ServiceName[] => {
  // A service that was built and has no replay keeps nothing that is rebuilt from a log.
  const known = SERVICE_NAMES.filter((name) => !has(name, 'main') || has(name, 'replay'));
  const unknown = named.filter((name) => !known.some((service) => service === name));
  if (unknown.length > 0) {
    throw new StackProblem(
      `There is no replay of ${unknown.join(', ')}. There is one of: ${known.join(', ')}.`,
    );
  }
  const chosen = known.filter((name) => named.length === 0 || named.includes(name));
  if (chosen.length === 0) throw new StackProblem('No service has a replay: npm run build');
  return chosen;
};
