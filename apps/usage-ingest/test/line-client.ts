/** A client that sends lines while it reads the answers, as a centre does. */
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';

export type AnsweredLine = Readonly<Record<string, unknown>>;

export interface StreamAnswer {
  readonly status: number;
  readonly lines: readonly AnsweredLine[];
}

export class LineClient {
  readonly answer: Promise<StreamAnswer>;
  /** The first line of the answer, as soon as it has come. */
  readonly firstLine: Promise<AnsweredLine>;
  private readonly request: ClientRequest;

  constructor(url: string, key: string) {
    this.request = httpRequest(`${url}/v1/events`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/x-ndjson' },
    });
    let tellFirst: (line: AnsweredLine) => void = () => undefined;
    this.firstLine = new Promise((resolve) => (tellFirst = resolve));
    this.answer = new Promise((resolve, reject) => {
      this.request.on('error', reject);
      this.request.on('response', (response: IncomingMessage) => {
        let text = '';
        response.on('data', (piece: Buffer) => {
          text += piece.toString();
          const [first] = text.split('\n', 1);
          if (text.includes('\n')) tellFirst(JSON.parse(first ?? '') as AnsweredLine);
        });
        response.on('error', reject);
        response.on('end', () => {
          const lines = text.split('\n').filter((line) => line !== '');
          const parsed = lines.map((line) => JSON.parse(line) as AnsweredLine);
          resolve({ status: response.statusCode ?? 0, lines: parsed });
        });
      });
    });
  }

  /** Sends lines; resolves when there is room for more, or nobody reads them any more. */
  async send(...lines: readonly (string | object)[]): Promise<void> {
    const text = lines
      .map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
      .join('');
    await this.sendText(text);
  }

  async sendText(text: string): Promise<void> {
    if (this.request.destroyed || this.request.write(text)) return;
    await new Promise<void>((resolve) => {
      this.request.once('drain', resolve).once('close', resolve);
    });
  }

  async end(): Promise<StreamAnswer> {
    this.request.end();
    return this.answer;
  }
}
