/**
 * Cuts a stream of bytes into lines, holding at most one unfinished line.
 *
 * Units       bytes; lines are numbered from 1, blank ones too
 * Invariant   a line beyond the limit is dropped as it comes and reported once, without bytes.
 * Source      design ruling R19
 */
export interface Line {
  readonly number: number;
  /** Null for a line that is too long. */
  readonly bytes: Buffer | null;
}

const NEWLINE = 0x0a;

const isBlank = (bytes: Buffer): boolean => {
  for (const byte of bytes) if (byte > 0x20) return false;
  return true;
};

export class LineSplitter {
  #parts: Buffer[] = [];
  #length = 0;
  #number = 1;

  constructor(private readonly bytesMax: number) {}

  /** Bytes of the unfinished line that are held. */
  get held(): number {
    return this.#length > this.bytesMax ? 0 : this.#length;
  }

  /** The number of the line that has not ended. */
  get number(): number {
    return this.#number;
  }

  /** The lines that `chunk` ends; blank ones are left out. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      this.#add(chunk.subarray(start, end < 0 ? chunk.length : end));
      if (end < 0) return lines;
      this.#finish(lines);
      start = end + 1;
    }
  }

  /** The last line, when the stream did not end with a newline. */
  end(): Line[] {
    const lines: Line[] = [];
    if (this.#length > 0) this.#finish(lines);
    return lines;
  }

  #add(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.bytesMax) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  #finish(lines: Line[]): void {
    const [first] = this.#parts;
    const bytes =
      this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    if (this.#length > this.bytesMax) lines.push({ number: this.#number, bytes: null });
    else if (!isBlank(bytes)) lines.push({ number: this.#number, bytes });
    this.#parts = [];
    this.#length = 0;
    this.#number += 1;
  }
}
