/** The configuration: what each setting may be, and that everything wrong with it is said at once. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError, isLoopbackName, readConfig, settings, type Environment } from '../server/config.js';

const root = mkdtempSync(join(tmpdir(), 'lti-bridge-config-'));
let folder: string;
let number = 0;
beforeEach(() => {
  folder = join(root, `data-${(number += 1)}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const secretKey = randomBytes(32).toString('base64url');
const adminToken = randomBytes(32).toString('base64url');

const development = (changes: Environment = {}): Environment => ({ DATA_DIR: folder, ...changes });
const production = (changes: Environment = {}): Environment => ({
  DATA_DIR: folder,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://bridge.example',
  SECRET_KEY: secretKey,
  ADMIN_TOKEN: adminToken,
  ...changes,
});

function problemsOf(environment: Environment): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function file(text: string, name = `file-${(number += 1)}`): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}

describe('with nothing set', () => {
  it('it is development on loopback, with SQLite, sandbox and secrets of its own', () => {
    const config = readConfig(development());
    expect(config).toMatchObject({
      environment: 'development',
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      database: { url: `sqlite:${join(folder, 'bridge.sqlite')}`, migrateAtStart: true },
      sandbox: { lmsUrl: 'http://lms.localhost:3000', appUrl: 'http://app.localhost:3000' },
      egressAllow: expect.arrayContaining(['localhost', '127.0.0.1', '*.localhost']),
      limits: { loginsPerMinute: 3000, secretsPerMinute: 20 },
      retention: { launchDays: 30, grantIdleDays: 400 },
      metricsToken: undefined,
      trustedProxies: 0,
      logLevel: 'info',
    });
    expect(config.secretKeys).toHaveLength(1);
    expect(config.secretKeys[0]).toHaveLength(32);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('its secrets are made once, for their owner only, and found again', () => {
    const first = readConfig(development());
    for (const name of ['secret-key', 'admin-token']) {
      const path = join(folder, name);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readFileSync(path, 'utf8').trim()).toMatch(/^[\w-]{43}$/);
    }
    const second = readConfig(development());
    expect(second.adminToken).toBe(first.adminToken);
    expect(second.secretKeys).toEqual(first.secretKeys);
    expect(first.adminToken).toBe(readFileSync(join(folder, 'admin-token'), 'utf8').trim());
    expect(first.adminToken).not.toBe(first.secretKeys[0]!.toString('base64url'));
  });

  it('a file of secrets that is empty, or cannot be made, is a problem and no empty secret', () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'secret-key'), '\n');
    writeFileSync(join(folder, 'admin-token'), '');
    const problems = problemsOf(development());
    expect(problems).toHaveLength(2);
    expect(problems.join()).toContain(join(folder, 'secret-key'));
    expect(problems.join()).toContain(join(folder, 'admin-token'));
    expect(problemsOf({ DATA_DIR: file('not a folder') })).toHaveLength(2);
    const beneathFile = join(file('not a folder'), 'data');
    expect(problemsOf({ DATA_DIR: beneathFile }).join()).toMatch(/^DATA_DIR cannot be written/);
  });
});

describe('development', () => {
  it.each([
    'http://localhost:3000',
    'http://bridge.localhost',
    'http://127.0.0.1:8080',
    'http://127.1.2.3',
    'http://[::1]:3000',
    'http://LOCALHOST:3000',
  ])('is %s', (address) => {
    expect(readConfig(development({ PUBLIC_URL: address })).environment).toBe('development');
  });

  it('gives its sandbox the port of the public address', () => {
    const { sandbox } = readConfig(development({ PORT: '4000', PUBLIC_URL: 'http://localhost:4321' }));
    expect(sandbox).toEqual({ lmsUrl: 'http://lms.localhost:4321', appUrl: 'http://app.localhost:4321' });
    expect(readConfig(development({ PORT: '4000' })).publicUrl).toBe('http://localhost:4000');
    expect(readConfig(development({ SANDBOX: 'off' })).sandbox).toBeUndefined();
  });

  it('is reached from other machines only when that is asked for', () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.org']) {
      expect(problemsOf(development({ HOST: host })).join()).toMatch(/^HOST .*ALLOW_DEV_HOST/);
      expect(readConfig(development({ HOST: host, ALLOW_DEV_HOST: 'true' })).host).toBe(host);
    }
    for (const host of ['127.0.0.1', '::1', 'localhost']) {
      expect(readConfig(development({ HOST: host })).host).toBe(host);
    }
  });

  it('is also what NODE_ENV=production becomes when the address says loopback', () => {
    expect(
      readConfig(development({ NODE_ENV: 'production', PUBLIC_URL: 'http://localhost:3000' })).environment,
    ).toBe('development');
  });
});

describe('production', () => {
  it('takes what it needs and listens everywhere, without sandbox and without way to loopback', () => {
    expect(readConfig(production())).toMatchObject({
      environment: 'production',
      host: '0.0.0.0',
      port: 3000,
      publicUrl: 'https://bridge.example',
      sandbox: undefined,
      egressAllow: [],
      adminToken,
    });
    expect(existsSync(folder)).toBe(false);
  });

  it('takes an address with a slash behind it, a port, or capital letters', () => {
    for (const [given, origin] of [
      ['https://bridge.example/', 'https://bridge.example'],
      ['https://BRIDGE.example:8443', 'https://bridge.example:8443'],
      ['https://bridge.example:443', 'https://bridge.example'],
      ['https://localhost', 'https://localhost'],
    ]) {
      expect(readConfig(production({ PUBLIC_URL: given })).publicUrl).toBe(origin);
    }
  });

  it.each([
    ['SECRET_KEY', undefined],
    ['SECRET_KEY', ''],
    ['SECRET_KEY', '  '],
    ['SECRET_KEY', 'changeme'],
    ['SECRET_KEY', 'x'.repeat(43)],
    ['SECRET_KEY', '0'.repeat(64)],
    ['SECRET_KEY', 'ab'.repeat(32)],
    ['SECRET_KEY', randomBytes(16).toString('hex')],
    ['SECRET_KEY', `${secretKey},short`],
    ['SECRET_KEY', `${secretKey},`],
    ['ADMIN_TOKEN', undefined],
    ['ADMIN_TOKEN', ''],
    ['ADMIN_TOKEN', 'admin'],
    ['ADMIN_TOKEN', 'x'.repeat(64)],
    ['ADMIN_TOKEN', 'changemechangemechangemechangeme'],
    ['ADMIN_TOKEN', randomBytes(12).toString('base64url')],
    ['PUBLIC_URL', 'http://bridge.example'],
    ['PUBLIC_URL', 'http://10.0.0.1'],
    ['PUBLIC_URL', undefined],
    ['PUBLIC_URL', ''],
  ])('refuses to start with %s %j, and says which it is', (name, value) => {
    const problems = problemsOf(production({ [name]: value }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}\\b`));
    if (value && value.length > 4) expect(problems[0]).not.toContain(value);
    expect(existsSync(folder)).toBe(false);
  });

  it('without NODE_ENV is told by its address alone', () => {
    const problems = problemsOf({ DATA_DIR: folder, PUBLIC_URL: 'https://bridge.example' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['SECRET_KEY', 'ADMIN_TOKEN']);
  });

  it('with an address that cannot be read makes no secrets as if it were development', () => {
    const problems = problemsOf({ DATA_DIR: folder, PUBLIC_URL: 'bridge.example' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PUBLIC_URL', 'SECRET_KEY', 'ADMIN_TOKEN']);
    expect(existsSync(folder)).toBe(false);
  });

  it('seals with the first of several keys and opens with all', () => {
    const hex = randomBytes(32).toString('hex');
    const { secretKeys } = readConfig(production({ SECRET_KEY: `${hex}, ${secretKey}` }));
    expect(secretKeys.map((key) => key.toString('hex'))).toEqual([
      hex,
      Buffer.from(secretKey, 'base64url').toString('hex'),
    ]);
  });
});

describe('everything wrong', () => {
  it('is said in one message, a line for each, and no secret in it', () => {
    const environment = production({
      PORT: 'x',
      PUBLIC_URL: 'http://bridge.example/path',
      SECRET_KEY: 'my-weak-secret',
      ADMIN_TOKEN: 'my-weak-token',
      DATABASE_URL: 'mysql://user:password@host/db',
      DATABASE_POOL: '0',
      HOST: '127.0.0.1',
      ALLOW_DEV_HOST: 'perhaps',
      MIGRATE: 'perhaps',
      SANDBOX: 'yes please',
      SANDBOX_LMS_URL: 'lms',
      SANDBOX_APP_URL: 'https://app.example/path',
      RATE_LIMIT_LOGINS: '0',
      RATE_LIMIT_SECRETS: '-1',
      LAUNCH_DAYS: '1.5',
      GRANT_IDLE_DAYS: 'never',
      TRUST_PROXY: 'true',
      LOG_LEVEL: 'loud',
    });
    const problems = problemsOf(environment);
    const named = problems.map((problem) => problem.split(/[ ,]/)[0]);
    for (const name of Object.keys(environment).filter((key) => !['NODE_ENV', 'DATA_DIR', 'HOST'].includes(key)))
      expect(named).toContain(name);
    const { message } = new ConfigError(problems);
    expect(message.split('\n')).toHaveLength(problems.length + 1);
    expect(message).toContain(`${problems.length} problems`);
    expect(message).not.toMatch(/my-weak|password/);
  });

  it('of a single kind is called a problem', () => {
    expect(new ConfigError(['PORT is wrong.']).message).toBe('The configuration has a problem:\n  - PORT is wrong.');
  });
});

describe('a setting', () => {
  it.each([
    ['PORT', ['0', '8080', '65535'], ['65536', '-1', '3.0', '0x10', '1e3', ' ']],
    ['DATABASE_POOL', ['1', '200'], ['0', '201', 'ten']],
    ['RATE_LIMIT_LOGINS', ['1', '1000000'], ['0', '1000001', '']],
    ['RATE_LIMIT_SECRETS', ['1', '1000000'], ['0', '1000001']],
    ['LAUNCH_DAYS', ['1', '3650'], ['0', '3651']],
    ['GRANT_IDLE_DAYS', ['1', '3650'], ['0', '3651']],
    ['TRUST_PROXY', ['0', '10'], ['11', 'yes', '10.0.0.1']],
    ['MIGRATE', ['true', 'false', '1', '0', 'on', 'OFF', 'True'], ['yes', 'no', '2']],
    ['SANDBOX', ['true', 'false'], ['maybe']],
    ['ALLOW_DEV_HOST', ['true', 'false'], ['maybe']],
    ['LOG_LEVEL', ['debug', 'info', 'warn', 'error', 'silent'], ['trace', 'INFO', '30']],
    [
      'DATABASE_URL',
      ['sqlite:./x.sqlite', 'sqlite::memory:', 'postgres://u:p@h/d', 'postgresql://h/d'],
      ['sqlite:', 'postgres://', 'mysql://h/d', './x.sqlite'],
    ],
    [
      'PUBLIC_URL',
      ['http://localhost:1'],
      ['localhost:3000', 'ftp://localhost', 'http://localhost/path', 'http://localhost?x', 'http://u@localhost', '//x'],
    ],
    ['SANDBOX_LMS_URL', ['http://lms.localhost:1'], ['lms.localhost', 'http://lms.localhost/x']],
  ])('%s takes %j and refuses %j', (name, good, bad) => {
    for (const value of good) expect([value, problemsOf(development({ [name]: value }))]).toEqual([value, []]);
    for (const value of bad.filter((text) => text.trim() !== '')) {
      const problems = problemsOf(development({ [name]: value }));
      expect([value, problems[0]?.startsWith(name)]).toEqual([value, true]);
    }
  });

  it('that is empty or blank counts as not set', () => {
    expect(readConfig(development({ PORT: ' ', LOG_LEVEL: '', HOST: '' }))).toMatchObject({
      port: 3000,
      logLevel: 'info',
      host: '127.0.0.1',
    });
  });

  it('EGRESS_ALLOW is a list, and replaces what development would allow', () => {
    const allow = (text: string) => readConfig(development({ EGRESS_ALLOW: text })).egressAllow;
    expect(allow(' lms.local , 10.0.0.5:8080,,')).toEqual(['lms.local', '10.0.0.5:8080']);
  });

  it('of the sandbox stands at an origin of its own', () => {
    const same = problemsOf(development({ SANDBOX_LMS_URL: 'http://localhost:3000' }));
    expect(same.join()).toMatch(/three different origins/);
    const twice = problemsOf(
      development({ SANDBOX_LMS_URL: 'http://x.localhost', SANDBOX_APP_URL: 'http://x.localhost' }),
    );
    expect(twice).toHaveLength(1);
  });
});

describe('a secret from a file', () => {
  const secrets = Object.entries(settings)
    .filter(([, setting]) => 'secret' in setting)
    .map(([name]) => name);

  it('is possible for every secret', () => {
    expect(secrets.toSorted()).toEqual(['ADMIN_TOKEN', 'DATABASE_URL', 'METRICS_TOKEN', 'SECRET_KEY']);
    const config = readConfig(
      production({
        SECRET_KEY: undefined,
        ADMIN_TOKEN: undefined,
        SECRET_KEY_FILE: file(`${secretKey}\n`),
        ADMIN_TOKEN_FILE: file(`  ${adminToken}\r\n`),
        DATABASE_URL_FILE: file('postgres://u:p@h/d\n'),
        METRICS_TOKEN_FILE: file('metrics\n'),
      }),
    );
    expect(config).toMatchObject({
      adminToken,
      metricsToken: 'metrics',
      database: { url: 'postgres://u:p@h/d' },
    });
    expect(config.secretKeys[0]!.toString('base64url')).toBe(secretKey);
  });

  it.each(secrets)('%s may not come in both ways', (name) => {
    const given = { [name]: name === 'DATABASE_URL' ? 'sqlite:x' : secretKey, [`${name}_FILE`]: file(secretKey) };
    const problems = problemsOf(production(given));
    expect(problems).toEqual([`${name} and ${name}_FILE are both set; set one.`]);
  });

  it.each(secrets)('%s may not come from a file that is missing or empty', (name) => {
    for (const path of [join(root, 'missing'), root, file(''), file(' \n')]) {
      const problems = problemsOf(production({ [name]: undefined, [`${name}_FILE`]: path }));
      expect(problems[0]).toMatch(new RegExp(`^${name}_FILE `));
    }
  });

  it('may not come from a file that this process may not read', () => {
    const path = file('x');
    chmodSync(path, 0o000);
    // root reads everything, and says then that the value is no good.
    expect(problemsOf(production({ SECRET_KEY: undefined, SECRET_KEY_FILE: path })).join()).toMatch(/^SECRET_KEY/);
  });

  it('is not taken for settings that are no secret', () => {
    expect(readConfig(development({ PORT_FILE: file('4000') })).port).toBe(3000);
  });
});

describe('a loopback name', () => {
  it.each([
    ['localhost', true],
    ['LocalHost', true],
    ['a.b.localhost', true],
    ['127.0.0.1', true],
    ['127.255.255.254', true],
    ['::1', true],
    ['[::1]', true],
    ['localhost.example', false],
    ['notlocalhost', false],
    ['127.0.0.1.example', false],
    ['128.0.0.1', false],
    ['0.0.0.0', false],
    ['::', false],
    ['', false],
  ])('%s: %s', (name, expected) => {
    expect(isLoopbackName(name)).toBe(expected);
  });
});
