import { evenly, type TokenTotals } from './calls.js';
import { type Call, toCorrectEvent, toVoidEvent, type WireEvent } from './events.js';
import { BUYERS } from './parties.js';

/**
 * The corrections of the play: which calls are said again or void, in which order, and what that makes of their tokens.
 *
 * Shape       each pattern is one call: what is said of it, and how far behind the call it is sent; −1 is before all
 *             else, so that it must wait for its call.
 * Invariant   the highest revision of a call counts, whatever arrives last (R3).
 */
type Way = 'half' | 'moved' | 'void';

interface Step {
  readonly way: Way;
  readonly revision: number;
  readonly behind: number;
}

const PATTERNS: readonly (readonly Step[])[] = [
  [{ way: 'half', revision: 1, behind: 300 }],
  // The same correction arrives twice.
  [
    { way: 'half', revision: 1, behind: 300 },
    { way: 'half', revision: 1, behind: 900 },
  ],
  [{ way: 'moved', revision: 1, behind: 300 }],
  [
    { way: 'half', revision: 1, behind: 300 },
    { way: 'void', revision: 2, behind: 600 },
  ],
  // The lower revision arrives last, and does not count.
  [
    { way: 'half', revision: 2, behind: 300 },
    { way: 'void', revision: 1, behind: 600 },
  ],
  [{ way: 'half', revision: 1, behind: -1 }],
  [{ way: 'void', revision: 1, behind: -1 }],
  [{ way: 'void', revision: 1, behind: 300 }],
];

const nextBuyer = ({ buyer }: Call): Call['buyer'] =>
  BUYERS[(BUYERS.indexOf(buyer) + 1) % BUYERS.length] ?? buyer;

/** The call as it should have been said: half the output, or another buyer's. */
const saidAgain = (call: Call, way: Way): Call =>
  way === 'moved'
    ? { ...call, buyer: nextBuyer(call) }
    : { ...call, request: { ...call.request, output: call.request.output / 2n } };

export interface PlannedCorrection {
  readonly role: 'correct' | 'void' | 'duplicate';
  readonly call: Call;
  readonly behind: number;
  readonly wire: () => WireEvent;
}

const correctionOf = (call: Call, number: number, step: Step): PlannedCorrection => {
  const { way, revision, behind } = step;
  const name = `${String(number + 1).padStart(3, '0')}-${revision}`;
  return way === 'void'
    ? {
        ...{ role: 'void', call, behind },
        wire: () => toVoidEvent(call, { id: `void-${name}`, revision }),
      }
    : {
        ...{ role: 'correct', call, behind },
        wire: () => toCorrectEvent(saidAgain(call, way), call, { id: `correct-${name}`, revision }),
      };
};

const corrected = (calls: readonly Call[]): readonly (readonly [Call, readonly Step[]])[] => {
  const chosen = evenly(calls, PATTERNS.length);
  return PATTERNS.flatMap((steps, at) => {
    const call = chosen[at];
    return call === undefined ? [] : [[call, steps] as const];
  });
};

/** All corrections of a play. */
export const correctionsOf = (calls: readonly Call[]): readonly PlannedCorrection[] =>
  corrected(calls).flatMap(([call, steps], number) =>
    steps.map((step, at): PlannedCorrection => {
      const isAgain = steps.slice(0, at).some(({ revision }) => revision === step.revision);
      const made = correctionOf(call, number, step);
      return isAgain ? { ...made, role: 'duplicate' } : made;
    }),
  );

/** What corrections change in the sums over the calls, by model; below zero where they take back. */
export const changesByModel = (calls: readonly Call[]): ReadonlyMap<string, TokenTotals> => {
  const changes = new Map<string, TokenTotals>();
  for (const [call, steps] of corrected(calls)) {
    const [first] = [...steps].sort((a, b) => b.revision - a.revision);
    if (first === undefined) continue;
    const { request } = call;
    const now = saidAgain(call, first.way).request;
    const isVoid = first.way === 'void';
    const sum = changes.get(request.model) ?? { requests: 0, input: 0n, cached: 0n, output: 0n };
    changes.set(request.model, {
      requests: sum.requests - (isVoid ? 1 : 0),
      input: sum.input - (isVoid ? request.input : 0n),
      cached: sum.cached - (isVoid ? request.cached : 0n),
      output: sum.output + (isVoid ? 0n : now.output) - request.output,
    });
  }
  return changes;
};
