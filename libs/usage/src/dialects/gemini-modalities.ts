/**
 * Gemini's lists of token counts by modality.
 *
 * Invariant   the parts are not more than their whole.
 * Rejections  INCONSISTENT_COUNTS, INVALID_BODY
 * Source      Gemini API reference, ModalityTokenCount
 */
import { isJsonObject, type Fields } from '../fields.js';
import { shown } from '../refusals.js';

export interface Modalities {
  readonly audio: bigint;
  readonly image: bigint;
  /** The list is there. */
  readonly isSaid: boolean;
}

/** More than there are modalities, many times over. */
const LIST_MAX = 64;
const NONE: Modalities = { audio: 0n, image: 0n, isSaid: false };

export const modalities = (usage: Fields, name: string, whole: bigint): Modalities => {
  if (!usage.has(name)) return NONE;
  const list = usage.raw(name);
  if (!Array.isArray(list) || list.length > LIST_MAX || !list.every(isJsonObject)) {
    usage.refuse('INVALID_BODY', name, `${shown(list)} is no list of counts by modality.`);
    return NONE;
  }
  let [audio, image, all] = [0n, 0n, 0n];
  for (const [index, { modality }] of list.entries()) {
    const tokens = usage.item(name, index).count('tokenCount');
    all += tokens;
    if (modality === 'AUDIO') audio += tokens;
    if (modality === 'IMAGE') image += tokens;
  }
  if (all > whole) {
    usage.refuse('INCONSISTENT_COUNTS', name, `The parts are ${all}, the whole is ${whole}.`);
  }
  return { audio, image, isSaid: true };
};
