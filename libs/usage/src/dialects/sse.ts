/**
 * The events of a server-sent stream, as it was recorded: one text, cut or whole.
 *
 * Shape       the `data` of each event; comments, ids and names say nothing about usage.
 * Invariant   one pass over the text; never throws.
 * Source      WHATWG HTML 9.2 (server-sent events); an event that the end of the text has cut off
 *             is given too, marked as such
 */
export interface SseEvent {
  readonly data: string;
  /** The text ended before the event did. */
  readonly isCut: boolean;
}

/** Splits at line feeds; a carriage return before one belongs to it. */
function* linesOf(text: string): Generator<string> {
  let start = text.startsWith('\ufeff') ? 1 : 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    yield line.endsWith('\r') ? line.slice(0, -1) : line;
    start = end < 0 ? text.length : end + 1;
  }
}

const FIELD = 'data:';

export function* sseEvents(text: string): Generator<SseEvent> {
  let data: string[] = [];
  for (const line of linesOf(text)) {
    if (line === '') {
      if (data.length > 0) yield { data: data.join('\n'), isCut: false };
      data = [];
    } else if (line.startsWith(FIELD)) {
      data.push(line.slice(line.charAt(FIELD.length) === ' ' ? FIELD.length + 1 : FIELD.length));
    }
  }
  if (data.length > 0) yield { data: data.join('\n'), isCut: true };
}

/** Whether a text is a recorded stream at all: its first line is one that such a stream has. */
export const isSse = (text: string): boolean => {
  for (const line of linesOf(text)) {
    if (line !== '') return /^(?:data|event|id|retry)?:/.test(line);
  }
  return false;
};
