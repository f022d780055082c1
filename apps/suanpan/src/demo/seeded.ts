import { createHash } from 'node:crypto';

/** The digest that stands behind a name: 32 bytes that look random and never change. */
const digestOf = (seed: string, purpose: string, id: string): Buffer =>
  createHash('sha256').update(`${seed}\n${purpose}\n${id}`).digest();

const SIX_BYTES = 6;

/** A whole number in [0, below) that depends on nothing but its three names. */
export const draw = (choice: Choice, below: number): number =>
  digestOf(choice.seed, choice.purpose, choice.id).readUIntBE(0, SIX_BYTES) % below;

/** What is chosen, for whom, under which seed. */
export interface Choice {
  readonly seed: string;
  readonly purpose: string;
  readonly id: string;
}

/** The index of the weight that a draw falls on; weights are whole numbers, at least one above 0. */
export const drawWeighted = (choice: Choice, weights: readonly number[]): number => {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let left = draw(choice, whole);
  for (const [index, weight] of weights.entries()) {
    if (left < weight) return index;
    left -= weight;
  }
  throw new Error(`No weight in ${weights.join(', ')} holds the draw.`);
};
