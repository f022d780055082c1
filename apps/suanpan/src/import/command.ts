import { Command, Option } from 'commander';

import { ApiProblem } from '../demo/api-client.js';
import { ImportClient } from './import-client.js';
import { lookAt, MEDIA_TYPES, UsageError } from './local-file.js';
import { resultLines } from './print.js';
import { progressOn } from './progress.js';

/**
 * `suanpan import FILE`: whole files of usage through the door `/v1/imports`.
 *
 * Shape       exit code 0: all rows were accepted; 1: some were not; 2: it could not be begun.
 */
interface Options {
  readonly url: string;
  readonly key?: string;
  readonly centre?: string;
  readonly format?: string;
  readonly separator?: string;
  readonly dryRun?: boolean;
  readonly errors?: string;
  readonly json?: boolean;
}

const REFUSED = 1;
const USAGE = 2;

const separatorOf = (text: string | undefined): string | undefined =>
  text === 'tab' || text === '\\t' ? '\t' : text;

const importFile = async (path: string, options: Options): Promise<number> => {
  const { key, centre, format, json } = options;
  if (key === undefined || key === '') {
    throw new UsageError('A key is needed: --key sp_…, or SUANPAN_KEY in the environment.');
  }
  const file = await lookAt(path, format);
  const progress = progressOn(process.stderr);
  const separator = separatorOf(options.separator);
  const order = {
    ...{ url: options.url.replace(/\/$/, ''), key, dryRun: options.dryRun === true },
    ...(centre !== undefined && { centre }),
    ...(separator !== undefined && { separator }),
  };
  const client = new ImportClient(order, progress);
  const result = await client.run(file).finally(() => progress.end());
  const errors = result.errors === null ? null : (options.errors ?? `${path}.errors.csv`);
  if (result.errors !== null && errors !== null) await client.saveErrors(result.errors, errors);
  if (json === true) console.log(JSON.stringify(result, null, 2));
  else console.log(resultLines(result, errors).join('\n'));
  return result.status === 'done' && result.refused === 0 ? 0 : REFUSED;
};

/** What the person can put right is one sentence; the rest is for `endWith`. */
const codeOf = (error: unknown): number => {
  if (!(error instanceof UsageError) && !(error instanceof ApiProblem)) throw error;
  console.error(error.message);
  return USAGE;
};

export const importCommand = (): Command =>
  new Command('import')
    .description('hand in a file of usage: csv, ndjson or parquet, each also .gz')
    .argument('<file>', 'the file; run the same again after an interruption')
    .addOption(
      new Option('--url <address>', 'usage-ingest')
        .env('SUANPAN_URL')
        .default('http://localhost:3001'),
    )
    .addOption(new Option('--key <key>', 'the centre’s or the operator’s key').env('SUANPAN_KEY'))
    .option('--centre <centre>', 'whose file it is (an operator says so)')
    .addOption(
      new Option('--format <format>', 'when the name does not say it').choices(
        Object.keys(MEDIA_TYPES),
      ),
    )
    .addOption(
      new Option('--separator <separator>', 'of a CSV (default: found in its header)').choices([
        ...[',', ';', '|', 'tab'],
      ]),
    )
    .option('--dry-run', 'judge every row and add up, but record nothing')
    .option('--errors <file>', 'where the list of refused rows goes (default: FILE.errors.csv)')
    .option('--json', 'the result as JSON')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE))
    .action(async (path: string, options: Options) => {
      process.exitCode = await importFile(path, options).catch(codeOf);
    });
