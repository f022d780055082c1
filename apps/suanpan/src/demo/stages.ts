/**
 * How long each stage of the demo took, with a line when it begins.
 *
 * Units       seconds, to a tenth.
 */
export class Stages {
  private readonly done: [string, number][] = [];
  private readonly begun = performance.now();

  constructor(private readonly log: (line: string) => void) {}

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.log(`── ${name}`);
    const begun = performance.now();
    const result = await work();
    this.done.push([name, tenths(performance.now() - begun)]);
    return result;
  }

  /** Seconds by stage, in the order in which they ran. */
  seconds(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.done);
  }

  total(): number {
    return tenths(performance.now() - this.begun);
  }
}

const tenths = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;
