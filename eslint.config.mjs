// Lint: the boundary table of docs/architecture.md, the sizes, and what may never hold money.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import tseslint from 'typescript-eslint';

const FOUNDATIONS = ['money', 'calendar', 'event-sourcing'];
const DOMAINS = ['usage', 'pricing', 'profit-share', 'settlement'];
const PLATFORM = ['platform-*'];
/** What stands outermost: nothing of ours is built on it. */
const APPS = ['app-*', 'cli', 'sdk'];

const pkg = (names) => names.map((name) => `@suanpan/${name}`);

/** The boundary table: a room, and what of ours it may not import. A new line is an ADR. */
const ROOMS = [
  // What a centre installs: nothing of ours comes with it (ADR 0040).
  { room: ['libs/sdk'], deny: ['*'] },
  // The four kinds of error live in event-sourcing, and every room throws them (ADR 0009).
  { room: ['libs/event-sourcing'], deny: ['*'] },
  {
    room: ['libs/money', 'libs/calendar'],
    deny: ['ledger', ...DOMAINS, 'messages', ...PLATFORM, ...APPS, 'local-stack'],
  },
  { room: ['libs/ledger'], deny: [...DOMAINS, 'messages', ...PLATFORM, ...APPS, 'local-stack'] },
  ...DOMAINS.map((own) => ({
    room: [`libs/${own}`],
    deny: [...DOMAINS.filter((d) => d !== own), 'messages', ...PLATFORM, ...APPS, 'local-stack'],
  })),
  {
    room: ['libs/messages'],
    deny: ['calendar', 'ledger', ...DOMAINS, ...PLATFORM, ...APPS, 'local-stack'],
  },
  { room: ['libs/platform'], deny: ['ledger', ...DOMAINS, ...APPS] },
  { room: ['apps/usage-ingest'], deny: [...DOMAINS.filter((d) => d !== 'usage'), ...APPS] },
  { room: ['apps/pricing'], deny: [...DOMAINS.filter((d) => d !== 'pricing'), ...APPS] },
  { room: ['apps/profit-share'], deny: [...DOMAINS.filter((d) => d !== 'profit-share'), ...APPS] },
  {
    room: ['apps/cross-border-settlement'],
    deny: [...DOMAINS.filter((d) => d !== 'settlement'), ...APPS],
  },
  // The auditor shares no arithmetic with what it checks.
  { room: ['apps/suanpan'], deny: [...FOUNDATIONS, 'ledger', ...DOMAINS, ...APPS] },
  // The servers come before everything that stands on them: only the list of topics is known here.
  { room: ['infra/local'], deny: [...FOUNDATIONS, 'ledger', ...DOMAINS, ...PLATFORM, ...APPS] },
  // The whole system is tested from outside: no rule of ours may agree with itself.
  { room: ['test'], deny: [...FOUNDATIONS, 'ledger', ...DOMAINS, 'platform-*', 'app-*'] },
];

/** The folder of the workspace package that a path belongs to. */
const packageOf = (path) =>
  existsSync(join(path, 'package.json')) ? path : packageOf(dirname(path));

/** `../../other/src/…` would pass the table: a package is entered by its name only. */
const OWN_PACKAGE = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { leaves: 'Import another package by its name, so that the boundary table sees it.' },
  },
  create: (context) => {
    const folder = dirname(context.filename);
    const check = (node) => {
      const name = node.source?.value;
      if (typeof name !== 'string' || !name.startsWith('.')) return;
      if (packageOf(dirname(resolve(folder, name))) === packageOf(folder)) return;
      context.report({ node: node.source, messageId: 'leaves' });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportAllDeclaration: check,
      ExportNamedDeclaration: check,
    };
  },
};

const PURE = ['money', 'calendar', 'event-sourcing', 'ledger', ...DOMAINS].map((n) => `libs/${n}`);

const IMPURE_PACKAGES = [
  ...['fs', 'fs/*', 'net', 'http', 'https', 'dgram', 'tls', 'child_process', 'os', 'process'],
  ...['worker_threads', 'timers', 'timers/*', 'dns', 'cluster'],
].flatMap((name) => [name, `node:${name}`]);

const FRAMEWORKS = ['@nestjs/*', 'typeorm', 'pg', 'pg-*', 'kafkajs', 'bullmq', 'express', 'rxjs'];

const noImports = (...groups) => ({
  'no-restricted-imports': ['error', { patterns: groups.filter(({ group }) => group.length > 0) }],
});

const boundary = ({ room, deny }) => ({
  files: room.map((folder) => `${folder}/**/*.ts`),
  ignores: ['**/*.spec.ts'],
  rules: noImports(
    {
      group: pkg(deny),
      message: 'The boundary table of eslint.config.mjs does not allow this room to import it.',
    },
    ...(room.every((folder) => PURE.includes(folder))
      ? [
          { group: IMPURE_PACKAGES, message: 'A domain does no I/O: take values as arguments.' },
          { group: FRAMEWORKS, message: 'A domain knows no framework and no store.' },
        ]
      : []),
    ...(room.includes('libs/sdk')
      ? [{ group: FRAMEWORKS, message: 'A centre installs no framework of ours.' }]
      : []),
  ),
});

const MONEY_WORDS = '/(amount|price|rate|total|fee|share|balance|tax)$/i';

/** A name of money, price or rate may never be typed `number`, nor be parsed as a float. */
const MONEY_IS_EXACT = [
  {
    selector: `TSPropertySignature[key.name=${MONEY_WORDS}] > TSTypeAnnotation > TSNumberKeyword`,
    message: 'Money, prices and rates are Money, Price, Rational or strings; never number.',
  },
  {
    selector: `Identifier[name=${MONEY_WORDS}] > TSTypeAnnotation > TSNumberKeyword`,
    message: 'Money, prices and rates are Money, Price, Rational or strings; never number.',
  },
  { selector: "CallExpression[callee.name='parseFloat']", message: 'Floats lose money.' },
  {
    selector: "CallExpression[callee.object.name='Number'][callee.property.name='parseFloat']",
    message: 'Floats lose money.',
  },
  { selector: "MemberExpression[property.name='toFixed']", message: 'toFixed rounds in secret.' },
  {
    selector: "Property[key.name='idempotent'][value.value=true]",
    message: 'kafkajs loses acknowledged messages with idempotent: true (ADR 0001).',
  },
  {
    selector: "Property[key.name='transactionalId']",
    message: 'No Kafka transactions (ADR 0001).',
  },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
];

const PURE_WORLD = [
  { selector: "NewExpression[callee.name='Date']", message: 'Time is a port: take an Instant.' },
  { selector: "MemberExpression[object.name='Date']", message: 'Time is a port: take an Instant.' },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'A domain has no randomness.',
  },
  {
    selector: 'MemberExpression[property.name=/^(randomBytes|randomUUID|randomInt)$/]',
    message: 'A domain has no randomness.',
  },
  { selector: "Identifier[name='process']", message: 'A domain knows no process.' },
  { selector: "Identifier[name='performance']", message: 'A domain knows no clock.' },
];

const lines = (max) => ['error', { max, skipBlankLines: true, skipComments: true }];

// eslint wants a default export: the one exception to the rule below.
const config = tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.suanpan/**', 'out/**', '.nx/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: './tsconfig.spec.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines': lines(300),
      'max-lines-per-function': lines(70),
      'max-params': ['error', 3],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...MONEY_IS_EXACT],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  ...ROOMS.map(boundary),
  {
    files: ['apps/**/*.ts', 'infra/**/*.ts', 'libs/**/*.ts'],
    plugins: { suanpan: { rules: { 'own-package': OWN_PACKAGE } } },
    rules: { 'suanpan/own-package': 'error' },
  },
  {
    files: PURE.map((folder) => `${folder}/**/*.ts`),
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', ...MONEY_IS_EXACT, ...PURE_WORLD] },
  },
  {
    // A command line talks to people on the console.
    files: ['apps/suanpan/**/*.ts', 'infra/local/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': lines(500) },
  },
);

export default config;
