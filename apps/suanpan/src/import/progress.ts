/**
 * How far it is: a bar where a person looks on, plain lines elsewhere.
 */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** `done` of `whole`, in bytes. */
  show(stage: string, done: number, whole: number): void;
  end(): void;
}

type Out = NodeJS.WriteStream;

const PERCENT = 100;
const STEP_PERCENT = 10;

class Bar implements Progress {
  #bar: SingleBar | undefined;
  #stage = '';

  constructor(private readonly stream: Out) {}

  show(stage: string, done: number, whole: number): void {
    if (stage !== this.#stage) this.#begin(stage, whole);
    this.#bar?.setTotal(whole);
    this.#bar?.update(Math.min(done, whole));
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#stage = '';
  }

  #begin(stage: string, whole: number): void {
    this.end();
    this.#stage = stage;
    const format = `${stage.padEnd(10)} {bar} {percentage}%  {eta_formatted}`;
    this.#bar = new SingleBar(
      { format, stream: this.stream, hideCursor: true },
      Presets.shades_grey,
    );
    this.#bar.start(whole, 0);
  }
}

class Lines implements Progress {
  #last = '';

  constructor(private readonly stream: Out) {}

  show(stage: string, done: number, whole: number): void {
    const percent = whole === 0 ? PERCENT : Math.floor((done * PERCENT) / whole);
    const line = `${stage} ${percent - (percent % STEP_PERCENT)}%`;
    if (line === this.#last) return;
    this.#last = line;
    this.stream.write(`${line}\n`);
  }

  end(): void {
    this.#last = '';
  }
}

export const progressOn = (stream: Out): Progress =>
  stream.isTTY ? new Bar(stream) : new Lines(stream);
