/** The operator's command line, run as a process of its own on a database file. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { migrations } from '../migrations/index.js';
import { newSqliteFile } from './support/databases.js';

const names = migrations.map(({ name }) => name);
const root = join(import.meta.dirname, '..');
let environment: Record<string, string>;

function cli(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(root, 'server/cli.ts'), ...words],
    {
      cwd: root,
      env: { PATH: process.env.PATH, ...environment } as NodeJS.ProcessEnv,
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

beforeAll(() => {
  environment = { DATABASE_URL: newSqliteFile(), DATA_DIR: mkdtempSync(join(tmpdir(), 'lti-bridge-test-')) };
});

describe('the command line', () => {
  it('brings the schema up, says so once, and takes it back', () => {
    expect(cli('migrate')).toMatchObject({ status: 0, stdout: `Done: ${names.join(', ')}\n` });
    expect(cli('migrate')).toMatchObject({ status: 0, stdout: 'Nothing to do.\n' });
    expect(cli('migrate', '--down')).toMatchObject({
      status: 0,
      stdout: `Taken back: ${[...names].reverse().join(', ')}\n`,
    });
    expect(cli('migrate')).toMatchObject({ status: 0 });
  });

  it('rotates keys: the next one signs, the one before stays published', () => {
    expect(cli('keys', 'rotate', '--purpose', 'lti')).toMatchObject({ status: 0 });
    const first = keysOf('lti');
    expect(first.map(({ state }) => state).sort()).toEqual(['current', 'next']);
    cli('keys', 'rotate', '--purpose', 'lti');
    const second = keysOf('lti');
    expect(second.map(({ state }) => state).sort()).toEqual(['current', 'next', 'retired']);
    expect(idOf(second, 'current')).toBe(idOf(first, 'next'));
    expect(idOf(second, 'retired')).toBe(idOf(first, 'current'));
  });

  it('purges and tells how much', () => {
    expect(cli('purge')).toMatchObject({
      status: 0,
      stdout: 'oauth_artifacts: 0\nrefused_launches: 0\nlaunches: 0\nmessages: 0\nclient_assertions: 0\n',
    });
  });

  it('names what is wrong with a configuration and fails', () => {
    environment = { ...environment, PORT: 'x', LOG_LEVEL: 'loud' };
    const { status, stderr } = cli('purge');
    expect(status).toBe(1);
    expect(stderr).toContain('PORT must be');
    expect(stderr).toContain('LOG_LEVEL must be');
  });
});

function keysOf(purpose: string) {
  return cli('keys', 'list')
    .stdout.trim()
    .split('\n')
    .map((line) => line.split(/\s{2,}/))
    .filter(([of]) => of === purpose)
    .map((words) => ({ state: words[2]!.split(' ')[0]!, id: words.at(-1)! }));
}

function idOf(keys: { state: string; id: string }[], state: string): string | undefined {
  return keys.find((key) => key.state === state)?.id;
}
