import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { testStack } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { openDatabase } from './database.js';
import { runMigrations } from './migrate.js';
import { platformMigrations } from './migrations/index.js';

jest.setTimeout(60_000);

class Second1800000000002 implements MigrationInterface {
  readonly name = 'Second1800000000002';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table second (id int)');
  }
  async down(): Promise<void> {}
}

class Broken1800000000003 implements MigrationInterface {
  readonly name = 'Broken1800000000003';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table third (id int)');
    await runner.query('select 1 from no_such_table');
  }
  async down(): Promise<void> {}
}

let stack: TestStack;
beforeAll(async () => {
  stack = await testStack();
});
afterAll(() => stack.dispose());

const migrate = (migrations: readonly (new () => MigrationInterface)[]): Promise<void> =>
  runMigrations({
    url: stack.urls.owner,
    schema: stack.schema,
    appRole: 'pricing_app',
    pipelineRole: 'pricing_pipeline',
    migrations: [...platformMigrations, ...migrations],
  });

const tables = async (): Promise<readonly string[]> => {
  const rows = await stack.asSuperuser<{ tablename: string }>(
    'select tablename from pg_tables where schemaname = $1',
    [stack.schema],
  );
  return rows.map(({ tablename }) => tablename);
};

describe('runMigrations', () => {
  it('runs each migration once though three start at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => migrate([Second1800000000002])));
    const rows = await stack.asSuperuser(`select 1 from migration where name like 'Second%'`);
    expect(rows).toHaveLength(1);
  });

  it('keeps nothing of a run that fails', async () => {
    await expect(migrate([Second1800000000002, Broken1800000000003])).rejects.toThrow(
      'no_such_table',
    );
    expect(await tables()).not.toContain('third');
  });

  it('makes tables that the app role may not create itself', async () => {
    const work = stack.db.transaction((tx) => tx.query('create table mine (id int)'));
    await expect(work).rejects.toMatchObject({ code: '42501' });
  });

  it('refuses a schema’s name that is no plain identifier', async () => {
    const opening = openDatabase({
      url: stack.urls.app,
      schema: 'a; drop table x',
      applicationName: 'x',
    });
    await expect(opening).rejects.toThrow(RangeError);
  });
});
