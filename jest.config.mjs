/** Tests run as ES modules; TypeScript is stripped by esbuild, types are checked by `npm run types`. */
export default {
  roots: ['<rootDir>/test'],
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.ts$': '<rootDir>/test/support/esbuild-transform.mjs' },
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  testTimeout: 60_000,
  maxWorkers: 2,
  // Foreign packages that look for the real file extension of their own modules.
  transformIgnorePatterns: ['/node_modules/'],
};
