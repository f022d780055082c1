/**
 * Judges the kept bytes of refused events, each as its centre and its door would now.
 *
 * Rejections  those of admission; CENTRE_UNKNOWN, CENTRE_SUSPENDED, CENTRE_WITHOUT_KEY; unreadable: RAW_NOT_KEPT,
 *             KEY_DESTROYED, DOOR_UNKNOWN
 * Source      docs/adr/0050-refused-events-again.md
 */
import { Inject, Injectable } from '@nestjs/common';
import { HttpProblem } from '@suanpan/platform-http';
import { unreadable } from '../events/item.js';
import type { DoorRefusal } from '../events/item.js';
import type { Asked } from './asked.js';
import { CentreRules } from './centre-rules.js';
import type { Senders } from './centre-rules.js';
import type { Outcome } from './outcome.js';
import { judgeAgain, refusedAgain } from './outcome.js';
import { RawForms } from './raw-forms.js';
import { placeOf } from './refused-row.js';
import type { RecordPlace } from './refused-row.js';
import type { OpenedRow } from './refused-store.js';

/** One request, with the rules of the centres that it has met. */
export interface Run {
  readonly asked: Asked;
  readonly rules: Map<string, Senders | DoorRefusal>;
}

/** There is nothing that could be judged. */
export interface Unreadable {
  readonly place: RecordPlace;
  readonly unreadable: string;
}

@Injectable()
export class JudgeAgain {
  constructor(
    @Inject(RawForms) private readonly forms: RawForms,
    @Inject(CentreRules) private readonly rules: CentreRules,
  ) {}

  async judge(run: Run, opened: OpenedRow): Promise<Outcome | Unreadable> {
    const { row } = opened;
    const place = placeOf(row);
    if ('unreadable' in opened) return { place, unreadable: opened.unreadable };
    const { caller, requestId } = run.asked;
    const { tenant, keyId: credential } = caller;
    const { centre, door } = row;
    const { raw, around } = opened;
    const again = await this.forms.read({ tenant, centre, door, raw, around });
    if (again === null) return { place, unreadable: 'DOOR_UNKNOWN' };
    const senders = await this.sendersOf(run, centre);
    if ('code' in senders) return refusedAgain(place, senders);
    const origin = { tenant, centre, credential, requestId };
    return judgeAgain(place, again.item, { origin, judge: again.judge, senders });
  }

  /** A centre that may not send is a reason for each of its events. */
  private async sendersOf({ asked, rules }: Run, centre: string): Promise<Senders | DoorRefusal> {
    const known = rules.get(centre) ?? (await this.look(asked, centre));
    rules.set(centre, known);
    return known;
  }

  private async look({ caller }: Asked, centre: string): Promise<Senders | DoorRefusal> {
    try {
      return await this.rules.of(caller, centre);
    } catch (error) {
      if (error instanceof HttpProblem) return unreadable(error.code, error.message);
      throw error;
    }
  }
}
