import { cell, readFixture, readRows } from './fixture-files.js';

/**
 * The real requests: the Azure conversation trace and the coding sessions, as one shape.
 *
 * Owns        reading the two files. When a request happened in May 2026 is ./month, who bought it ./buyers.
 * Units       offsetMs: from the start of the trace or of the session. Tokens: disjoint kinds.
 * Source      test/fixtures/demo/SOURCES.md
 */
export interface TraceRequest {
  readonly trace: 'azure' | 'claude';
  /** Fixed for ever: the same row gives the same event id in every run. */
  readonly id: string;
  /** Requests of one session belong to one buyer; a request without a session is its own group. */
  readonly group: string;
  readonly offsetMs: number;
  readonly model: string;
  readonly input: bigint;
  readonly cached: bigint;
  readonly output: bigint;
  readonly latencyMs: number | null;
}

const AZURE = 'azure-conv.csv.gz';
const CLAUDE = 'claude-sessions.csv.gz';

interface ModelMap {
  readonly azure: string;
  readonly claude: Readonly<Record<string, string>>;
}

const modelMap = (): ModelMap => JSON.parse(readFixture('model-map.json')) as ModelMap;

// '2023-11-16 18:15:46.6805900' has no zone; only differences of it are used.
const millisOfStamp = (stamp: string): number => Date.parse(`${stamp.slice(0, 23)}Z`);

/** Milliseconds of '7.34' seconds, by text: 7340. */
export const millisOfSeconds = (seconds: string): number => {
  const [whole = '0', fraction = ''] = seconds.split('.');
  return Number(`${whole}${fraction.padEnd(3, '0').slice(0, 3)}`);
};

const readAzure = (model: string): TraceRequest[] => {
  const rows = readRows(AZURE);
  const first = millisOfStamp(cell(rows[0] ?? [], 0, AZURE));
  return rows.map((row, index) => {
    const id = `azure-${String(index + 1).padStart(5, '0')}`;
    return {
      trace: 'azure',
      id,
      group: id,
      offsetMs: millisOfStamp(cell(row, 0, AZURE)) - first,
      model,
      input: BigInt(cell(row, 1, AZURE)),
      cached: 0n,
      output: BigInt(cell(row, 2, AZURE)),
      latencyMs: null,
    };
  });
};

const readClaude = (models: ModelMap['claude']): TraceRequest[] =>
  readRows(CLAUDE).map((row) => {
    const [session, seq] = [cell(row, 0, CLAUDE), cell(row, 1, CLAUDE)];
    const traceModel = cell(row, 4, CLAUDE);
    const model = models[traceModel];
    if (model === undefined) throw new Error(`model-map.json has no line for ${traceModel}.`);
    const cached = BigInt(cell(row, 6, CLAUDE));
    return {
      trace: 'claude',
      id: `claude-${session.slice('trace_'.length)}-${seq.padStart(4, '0')}`,
      group: `session-${session.slice('trace_'.length)}`,
      offsetMs: millisOfSeconds(cell(row, 3, CLAUDE)),
      model,
      input: BigInt(cell(row, 5, CLAUDE)) - cached,
      cached,
      output: BigInt(cell(row, 7, CLAUDE)),
      latencyMs: millisOfSeconds(cell(row, 8, CLAUDE)),
    };
  });

/** All requests of both files, in file order. */
export const readTraces = (): readonly TraceRequest[] => {
  const map = modelMap();
  return [...readAzure(map.azure), ...readClaude(map.claude)];
};
