import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What scripts in pages find there. */
const browserGlobals = Object.fromEntries(
  [
    'addEventListener',
    'removeEventListener',
    'clearInterval',
    'clearTimeout',
    'crypto',
    'location',
    'sessionStorage',
    'setInterval',
    'setTimeout',
    'FormData',
    'TextEncoder',
    'URLSearchParams',
  ].map((name) => [name, 'readonly']),
);

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'data', 'coverage'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        document: 'readonly',
        window: 'readonly',
      },
    },
    rules: {
      'no-console': 'error',
      'no-control-regex': 'off',
      eqeqeq: 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // The compiler runs with noUncheckedIndexedAccess; where the code has just proved that a value is there, "!" says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    // Answers of the bridge are looked at member by member in tests; a type for each would repeat the expectations.
    files: ['test/**'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
  {
    files: ['public/**'],
    languageOptions: { globals: browserGlobals },
  },
  {
    files: ['test/run.mjs', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
);
