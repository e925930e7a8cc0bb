/**
 * Runs the tests and closes with one plain line: how many passed, how many failed.
 *   node test/run.mjs            everything
 *   node test/run.mjs --quick    without browser and PostgreSQL
 * Further arguments go to jest.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const quick = process.argv.includes('--quick');
const rest = process.argv.slice(2).filter((argument) => argument !== '--quick');
const folder = mkdtempSync(join(tmpdir(), 'lti-bridge-results-'));
const results = join(folder, 'results.json');
const root = join(import.meta.dirname, '..');

const run = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${results}`,
    // As one word: jest would take whatever follows as further patterns.
    ...(quick ? ['--testPathIgnorePatterns=\\.(browser|postgres)\\.test\\.ts$'] : []),
    ...rest,
  ],
  // jest's own report goes to standard error; its JSON on standard output is in the file already.
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, QUICK: String(quick) } },
);

let passed = 0;
let failed = 1;
try {
  const report = JSON.parse(readFileSync(results, 'utf8'));
  passed = report.numPassedTests;
  // A file that cannot even be loaded has no tests to count, and is a failure all the same.
  failed =
    report.numFailedTests +
    report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
      .length;
  if (report.numPendingTests > 0) failed += report.numPendingTests;
} catch {
  console.error('jest left no report');
}
rmSync(folder, { recursive: true, force: true });
if (run.status !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
