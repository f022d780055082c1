import { createHash } from 'node:crypto';

import type { UsageRecorded } from '@suanpan/messages';
import { decode } from '@suanpan/messages';

import { type JournalLine, readJournal } from '../demo/journal.js';
import type { WireEvent } from '../demo/events.js';
import type { Tally } from './findings.js';
import { type LogRecord, type TopicLog, recordsOf } from './log.js';

/**
 * The senders' own journal against the log: nothing accepted was lost, nothing in the log was invented or changed,
 * offered = refused + accepted.
 *
 * Shape       an attempt without an answer is "unknown": its events may be in the log, and need not be.
 * Source      I1; reliability I01, I03, I04
 */
interface Sent {
  /** How many times the door said accepted. */
  accepted: number;
  /** How many attempts had no answer for it. */
  unknown: number;
  /** How many times it was refused. */
  refused: number;
  /** What was sent under this name, as digests of its facts. */
  readonly payloads: Set<string>;
}

const nameOf = (source: string, id: string): string => `${source} ${id}`;

// The facts that both a CloudEvent and the record show; the rest is the payload hash's business.
const digest = (facts: readonly (string | bigint)[]): string =>
  createHash('sha256').update(facts.join('\n')).digest('base64').slice(0, 22);

interface WireCounts {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number };
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number };
}

const kindsText = (kinds: Readonly<Record<string, bigint | number>>): string =>
  Object.entries(kinds)
    .filter(([, quantity]) => String(quantity) !== '0')
    .map(([kind, quantity]) => `${kind} ${quantity}`)
    .sort()
    .join(',');

const wireKinds = (data: WireEvent['data']): string => {
  const tokens = data['tokens'] as Record<string, number> | undefined;
  if (tokens !== undefined) return kindsText(tokens);
  const usage = (data['usage'] ?? {}) as WireCounts;
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  return kindsText({
    input: (usage.prompt_tokens ?? 0) - cached,
    cached_input: cached,
    output: (usage.completion_tokens ?? 0) - reasoning,
    reasoning,
  });
};

/** Which call a correction speaks of, and how; nothing for a call. */
const wireCorrection = ({ type, source, data }: WireEvent): readonly string[] => {
  const action = CORRECTIONS.get(type);
  const { correctsSource = source, correctsId, revision } = data;
  return action === undefined
    ? []
    : [action, ...[correctsSource, correctsId, revision].map(String)];
};

const CORRECTIONS: ReadonlyMap<string, string> = new Map([
  ['suanpan.usage.correct.v1', 'correct'],
  ['suanpan.usage.void.v1', 'void'],
]);

const wireDigest = (event: WireEvent): string => {
  const { time, data } = event;
  return digest([
    // Milliseconds with three noughts; what is no time at all is in no log either.
    `${Date.parse(time)}000`,
    // A void only names its call: the record of it says nothing of what was sold.
    ...['contract', 'buyer', 'centre', 'model'].map((name) => String(data[name] ?? '')),
    wireKinds(data),
    ...wireCorrection(event),
  ]);
};

const recordCorrection = (event: UsageRecorded): readonly string[] =>
  event.correction === null
    ? []
    : [event.correction, ...[event.correctsSource, event.correctsId, event.revision].map(String)];

const recordDigest = (event: UsageRecorded): string =>
  digest([
    event.time,
    ...[event.contract, event.buyer, event.centre, event.modelOrdered],
    kindsText(event.kinds),
    ...recordCorrection(event),
  ]);

/** What the journal says of every event; a refused event's payload never reaches the log. */
const readSent = (lines: readonly JournalLine[]): Map<string, Sent> => {
  const sent = new Map<string, Sent>();
  const open = new Map<string, readonly WireEvent[]>();
  const last = new Map<string, readonly WireEvent[]>();
  const of = ({ source, id }: WireEvent): Sent => {
    const name = nameOf(source, id);
    const known = sent.get(name);
    if (known !== undefined) return known;
    const made = { accepted: 0, unknown: 0, refused: 0, payloads: new Set<string>() };
    sent.set(name, made);
    return made;
  };
  const unknown = (events: readonly WireEvent[]): void => {
    for (const event of events) {
      of(event).unknown += 1;
      of(event).payloads.add(wireDigest(event));
    }
  };
  for (const line of lines) {
    if (line.type === 'play') continue;
    const attempt = `${line.batch} ${line.attempt}`;
    if (line.type === 'intent') {
      // The same attempt again: the sender died before the answer and began anew.
      unknown(open.get(attempt) ?? []);
      const events = line.events ?? last.get(line.batch) ?? [];
      last.set(line.batch, events);
      open.set(attempt, events);
      continue;
    }
    const events = open.get(attempt) ?? [];
    open.delete(attempt);
    if (line.status !== 202) {
      unknown(events);
      continue;
    }
    events.forEach((event, index) => {
      const result = line.results[index];
      if (result === 'retry') unknown([event]);
      else if (result === 'accepted') {
        of(event).accepted += 1;
        of(event).payloads.add(wireDigest(event));
      } else of(event).refused += 1;
    });
  }
  for (const events of open.values()) unknown(events);
  return sent;
};

export interface SenderTallies {
  readonly lost: Tally;
  readonly invented: Tally;
  readonly refused: Tally;
}

interface Logged {
  count: number;
  readonly payloads: string[];
}

const REDRIVEN = /^(?:.*\/)?(\d{1,5})\/(\d{1,19})$/;

/**
 * A record that was put on the log again out of the quarantine, with the very bytes of the place that it names: its sender
 * has sent it once. With other bytes it is an event that nobody sent.
 */
const isRedriven = (log: TopicLog | undefined, { headers, value, offset }: LogRecord): boolean => {
  const [, partition, first] = REDRIVEN.exec(headers['redriven'] ?? '') ?? [];
  if (partition === undefined || first === undefined || value === null) return false;
  const records = log?.get(Number(partition))?.records ?? [];
  const place = Number(BigInt(first) - (records[0]?.offset ?? 0n));
  const original = records[place];
  return original?.value?.equals(value) === true && original.offset !== offset;
};

const readLogged = (log: TopicLog | undefined): Map<string, Logged> => {
  const logged = new Map<string, Logged>();
  for (const record of recordsOf(log)) {
    const { value } = record;
    if (isRedriven(log, record)) continue;
    try {
      const message = decode(value);
      if (message.type !== 'usage.recorded') continue;
      const name = nameOf(message.value.source, message.value.id);
      const known = logged.get(name) ?? { count: 0, payloads: [] };
      known.count += 1;
      known.payloads.push(recordDigest(message.value));
      logged.set(name, known);
    } catch {
      // Bytes that are no message have no sender in this journal; the usage audit counts them.
    }
  }
  return logged;
};

const refusedNames = (log: TopicLog | undefined): ReadonlySet<string> =>
  new Set(
    recordsOf(log).flatMap(({ value }) => {
      const message = decode(value);
      if (message.type !== 'usage.refused') return [];
      return [nameOf(message.value.source ?? '?', message.value.id ?? '?')];
    }),
  );

export interface SenderFacts {
  readonly folder: string;
  readonly recorded: TopicLog | undefined;
  readonly refused: TopicLog | undefined;
}

/** Holds the journal in a folder against the log. False when there is no journal. */
export const checkSenders = (facts: SenderFacts, tallies: SenderTallies): boolean => {
  const lines = readJournal(facts.folder);
  if (lines.length === 0) return false;
  const sent = readSent(lines);
  const logged = readLogged(facts.recorded);
  for (const [name, { accepted, unknown }] of sent) {
    const count = logged.get(name)?.count ?? 0;
    const fits = count >= accepted && count <= accepted + unknown;
    const fault = `accepted ${accepted} times, ${unknown} unanswered, ${count} in the log`;
    if (accepted + unknown > 0) tallies.lost.see(fits ? null : `${name}: ${fault}`);
  }
  const sources = new Set([...sent.keys()].map((name) => name.slice(0, name.indexOf(' '))));
  for (const [name, { payloads }] of logged) {
    // Whoever keeps no journal cannot be held against one.
    if (!sources.has(name.slice(0, name.indexOf(' ')))) continue;
    const own = sent.get(name);
    const foreign = payloads.filter((payload) => own?.payloads.has(payload) !== true).length;
    const fault = own === undefined ? 'was never sent' : 'says something else than what was sent';
    tallies.invented.see(foreign === 0 ? null : `${name}: ${fault}`);
  }
  const kept = refusedNames(facts.refused);
  for (const [name, { refused }] of sent) {
    if (refused > 0)
      tallies.refused.see(kept.has(name) ? null : `${name}: its refusal is not kept`);
  }
  return true;
};
