/**
 * Walks a stream of rows that is ordered by partition beside the partitions of the log, so that no more than one
 * partition of the rows is in memory. The log itself is: see ./verify.
 */
export interface InPartition {
  readonly partition: number;
}

export class Lockstep<R extends InPartition> {
  private ahead: R | null = null;
  private ended = false;

  constructor(private readonly rows: AsyncIterator<R>) {}

  private async next(): Promise<R | null> {
    if (this.ahead !== null || this.ended) return this.ahead;
    const { value, done } = await this.rows.next();
    this.ended = done === true;
    this.ahead = done === true ? null : value;
    return this.ahead;
  }

  /** The rows of one partition; partitions are asked for in ascending order. */
  async take(partition: number): Promise<readonly R[]> {
    const taken: R[] = [];
    for (let row = await this.next(); row !== null; row = await this.next()) {
      if (row.partition > partition) break;
      taken.push(row);
      this.ahead = null;
    }
    return taken;
  }
}
