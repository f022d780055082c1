// Three projects: `spec` is pure and fast, `int` meets the real stores, `e2e` meets the whole system.
const swc = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': swc },
  moduleNameMapper: {
    '^@suanpan/platform-(.*)$': '<rootDir>/libs/platform/$1/src/index.ts',
    '^@suanpan/app-(.*)$': '<rootDir>/apps/$1/src/index.ts',
    '^@suanpan/local-stack$': '<rootDir>/infra/local/src/index.ts',
    '^@suanpan/(.*)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.suanpan/'],
};

const only = (pattern) =>
  ['libs', 'apps', 'infra', 'test'].map((r) => `<rootDir>/${r}/**/${pattern}`);

export default {
  projects: [
    {
      ...shared,
      displayName: 'spec',
      testMatch: [...only('*.spec.ts')],
      testPathIgnorePatterns: [
        '/node_modules/',
        '/dist/',
        '\\.int\\.spec\\.ts$',
        '\\.e2e\\.spec\\.ts$',
      ],
    },
    {
      ...shared,
      displayName: 'int',
      setupFilesAfterEnv: ['<rootDir>/test/int/patience.mjs'],
      globalSetup: '<rootDir>/test/int/global-setup.mjs',
      globalTeardown: '<rootDir>/test/int/global-teardown.mjs',
      testMatch: [...only('*.int.spec.ts')],
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    },
    {
      ...shared,
      displayName: 'e2e',
      setupFilesAfterEnv: ['<rootDir>/test/int/patience.mjs'],
      globalSetup: '<rootDir>/test/e2e/global-setup.mjs',
      globalTeardown: '<rootDir>/test/e2e/global-teardown.mjs',
      testMatch: [...only('*.e2e.spec.ts')],
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    },
  ],
};
