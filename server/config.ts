/**
 * The only reader of process.env. Turns it into one frozen Config, or into one ConfigError that lists every problem at
 * once. docs/configuration.md and .env.example are checked against `settings` by test/documents.test.ts.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LogLevel } from './lib/logger.js';

export interface Config {
  environment: 'development' | 'production';
  host: string;
  port: number;
  /** Origin without a trailing slash: issuer of tokens and base of every address handed out. */
  publicUrl: string;
  database: { url: string; poolMax: number; migrateAtStart: boolean };
  /** 32 bytes each; the first one seals, all of them open. */
  secretKeys: Buffer[];
  adminToken: string;
  sandbox: { lmsUrl: string; appUrl: string } | undefined;
  egressAllow: string[];
  limits: { loginsPerMinute: number; secretsPerMinute: number };
  retention: { launchDays: number; grantIdleDays: number };
  /** After so many days the next signing keys take over. */
  keyDays: number;
  /** Seconds between "not ready" and the end of listening at SIGTERM, for balancers to notice. */
  drainSeconds: number;
  metricsToken: string | undefined;
  /** How many proxies stand in front; 0 = none, and forwarded headers are ignored. */
  trustedProxies: number;
  logLevel: LogLevel;
}

export class ConfigError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n` +
        problems.map((p) => `  - ${p}`).join('\n'),
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export type Environment = Record<string, string | undefined>;

/** Every setting, in the order of docs/configuration.md. Secrets also come as `<NAME>_FILE`, the path of a file. */
export const settings = {
  PORT: {},
  HOST: {},
  PUBLIC_URL: {},
  ALLOW_DEV_HOST: {},
  DATABASE_URL: { secret: true },
  DATABASE_POOL: {},
  MIGRATE: {},
  SECRET_KEY: { secret: true },
  ADMIN_TOKEN: { secret: true },
  DATA_DIR: {},
  SANDBOX: {},
  SANDBOX_LMS_URL: {},
  SANDBOX_APP_URL: {},
  EGRESS_ALLOW: {},
  RATE_LIMIT_LOGINS: {},
  RATE_LIMIT_SECRETS: {},
  LAUNCH_DAYS: {},
  GRANT_IDLE_DAYS: {},
  KEY_DAYS: {},
  DRAIN_SECONDS: {},
  METRICS_TOKEN: { secret: true },
  TRUST_PROXY: {},
  LOG_LEVEL: {},
} as const satisfies Record<string, { secret?: true }>;

type SettingName = keyof typeof settings;

/** @throws ConfigError naming every setting that is wrong. */
export function readConfig(environment: Environment = process.env): Config {
  const problems: string[] = [];
  const values = readValues(environment, problems);
  const reader = new SettingReader(values, problems);

  const port = reader.integer('PORT', 3000, 0, 65_535);
  const production = environment.NODE_ENV === 'production';
  if (production && !values.PUBLIC_URL) {
    problems.push(
      'PUBLIC_URL must be set when NODE_ENV is production: the address under which browsers and LMSs reach this service.',
    );
  }
  const publicUrl = reader.origin('PUBLIC_URL', `http://localhost:${port}`);
  // Judged by what was said: an address that is missing or unreadable must not turn production into development, which
  // would write secrets of its own before anybody reads what is wrong.
  const development = values.PUBLIC_URL === undefined ? !production : isLoopbackHttp(values.PUBLIC_URL);
  if (!development && /^http:/i.test(values.PUBLIC_URL ?? '')) {
    problems.push('PUBLIC_URL must be https, unless it is http on a loopback name (development).');
  }

  const host = reader.text('HOST', development ? '127.0.0.1' : '0.0.0.0');
  const allowDevHost = reader.flag('ALLOW_DEV_HOST', false);
  if (development && !isLoopbackName(host) && !allowDevHost) {
    problems.push(
      'HOST lets other machines reach a development service, whose sandbox lets anybody in. Set ALLOW_DEV_HOST=true if that is meant.',
    );
  }

  const dataDir = reader.text('DATA_DIR', './data');
  const secret = (name: 'SECRET_KEY' | 'ADMIN_TOKEN', file: string) =>
    values[name] ?? (development ? madeOnce(join(dataDir, file), problems) : missing(name, problems));

  const lmsUrl = reader.origin('SANDBOX_LMS_URL', `http://lms.localhost:${portOf(publicUrl, port)}`);
  const appUrl = reader.origin('SANDBOX_APP_URL', `http://app.localhost:${portOf(publicUrl, port)}`);
  const config: Config = {
    environment: development ? 'development' : 'production',
    host,
    port,
    publicUrl,
    database: {
      url: reader.databaseUrl(`sqlite:${join(dataDir, 'bridge.sqlite')}`),
      poolMax: reader.integer('DATABASE_POOL', 10, 1, 200),
      migrateAtStart: reader.flag('MIGRATE', true),
    },
    secretKeys: readSecretKeys(secret('SECRET_KEY', 'secret-key'), problems),
    adminToken: readAdminToken(secret('ADMIN_TOKEN', 'admin-token'), development, problems),
    sandbox: reader.flag('SANDBOX', development) ? { lmsUrl, appUrl } : undefined,
    egressAllow: reader.list(
      'EGRESS_ALLOW',
      development ? ['localhost', '127.0.0.1', '[::1]', '*.localhost'] : [],
    ),
    limits: {
      loginsPerMinute: reader.integer('RATE_LIMIT_LOGINS', 3000, 1, 1_000_000),
      secretsPerMinute: reader.integer('RATE_LIMIT_SECRETS', 20, 1, 1_000_000),
    },
    retention: {
      launchDays: reader.integer('LAUNCH_DAYS', 30, 1, 3650),
      grantIdleDays: reader.integer('GRANT_IDLE_DAYS', 400, 1, 3650),
    },
    keyDays: reader.integer('KEY_DAYS', 90, 1, 3650),
    drainSeconds: reader.integer('DRAIN_SECONDS', development ? 0 : 5, 0, 300),
    metricsToken: values.METRICS_TOKEN,
    trustedProxies: reader.integer('TRUST_PROXY', 0, 0, 10),
    logLevel: reader.choice('LOG_LEVEL', 'info', ['debug', 'info', 'warn', 'error', 'silent']),
  };
  if (config.sandbox && new Set([publicUrl, lmsUrl, appUrl]).size < 3) {
    problems.push('PUBLIC_URL, SANDBOX_LMS_URL and SANDBOX_APP_URL must be three different origins.');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function readValues(environment: Environment, problems: string[]): Partial<Record<SettingName, string>> {
  const values: Partial<Record<SettingName, string>> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const value = environment[name]?.trim();
    const file = 'secret' in settings[name] ? environment[`${name}_FILE`]?.trim() : undefined;
    if (value && file) problems.push(`${name} and ${name}_FILE are both set; set one.`);
    if (value) values[name] = value;
    else if (file) {
      try {
        values[name] = readFileSync(file, 'utf8').trim() || undefined;
        if (!values[name]) problems.push(`${name}_FILE names a file that is empty.`);
      } catch {
        problems.push(`${name}_FILE names a file that cannot be read.`);
      }
    }
  }
  return values;
}

class SettingReader {
  readonly #values: Partial<Record<SettingName, string>>;
  readonly #problems: string[];

  constructor(values: Partial<Record<SettingName, string>>, problems: string[]) {
    this.#values = values;
    this.#problems = problems;
  }

  text(name: SettingName, fallback: string): string {
    return this.#values[name] ?? fallback;
  }

  integer(name: SettingName, fallback: number, min: number, max: number): number {
    const text = this.#values[name];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    this.#problems.push(`${name} must be a whole number from ${min} to ${max}.`);
    return fallback;
  }

  flag(name: SettingName, fallback: boolean): boolean {
    const text = this.#values[name]?.toLowerCase();
    if (text === undefined) return fallback;
    if (text === 'true' || text === '1' || text === 'on') return true;
    if (text === 'false' || text === '0' || text === 'off') return false;
    this.#problems.push(`${name} must be true or false.`);
    return fallback;
  }

  choice<T extends string>(name: SettingName, fallback: T, choices: T[]): T {
    const text = this.#values[name];
    if (text === undefined) return fallback;
    const found = choices.find((choice) => choice === text);
    if (!found) this.#problems.push(`${name} must be one of ${choices.join(', ')}.`);
    return found ?? fallback;
  }

  list(name: SettingName, fallback: string[]): string[] {
    const text = this.#values[name];
    return text === undefined
      ? fallback
      : text
          .split(',')
          .map((entry) => entry.trim())
          .filter(Boolean);
  }

  origin(name: SettingName, fallback: string): string {
    const text = this.#values[name] ?? fallback;
    if (URL.canParse(text)) {
      const url = new URL(text);
      const plain = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
      if (plain && (url.protocol === 'https:' || url.protocol === 'http:')) return url.origin;
    }
    this.#problems.push(
      `${name} must be an http or https origin without a path, such as https://bridge.example.org.`,
    );
    return fallback;
  }

  databaseUrl(fallback: string): string {
    const text = this.#values.DATABASE_URL ?? fallback;
    if (/^(sqlite:.+|postgres(ql)?:\/\/.+)$/.test(text)) return text;
    this.#problems.push('DATABASE_URL must be sqlite:<path> or postgres://….');
    return fallback;
  }
}

/** A secret that development makes for itself and finds again at the next start. */
function madeOnce(file: string, problems: string[]): string {
  try {
    mkdirSync(dirname(file), { recursive: true });
    // "wx" fails where the file exists, so that two processes starting together agree on the first one's secret.
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      problems.push(`DATA_DIR cannot be written: ${(error as NodeJS.ErrnoException).code}.`);
      return '';
    }
  }
  const secret = readIfPossible(file);
  if (!secret) problems.push(`${file} is empty or cannot be read; delete it, and a new secret is made.`);
  return secret;
}

function readIfPossible(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function missing(name: string, problems: string[]): string {
  problems.push(`${name} (or ${name}_FILE) must be set in production.`);
  return '';
}

function readSecretKeys(text: string, problems: string[]): Buffer[] {
  if (!text) return [];
  const keys = text.split(',').map((part) => decodeKey(part.trim()));
  if (keys.some((key) => key === undefined)) {
    problems.push(
      'SECRET_KEY must be 32 random bytes as base64url or hex (openssl rand -hex 32), or several of them with commas between.',
    );
  }
  return keys.filter((key) => key !== undefined);
}

function decodeKey(text: string): Buffer | undefined {
  const key = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64url');
  if (key.length !== 32 || !/^[\w+/=-]+$/.test(text)) return undefined;
  // 32 random bytes show fewer than 20 different values once in 10^11 times; typed ones nearly always do.
  return new Set(key).size >= 20 ? key : undefined;
}

function readAdminToken(text: string, development: boolean, problems: string[]): string {
  const weak = text.length < 32 || new Set(text).size < 12;
  if (text && weak && !development) {
    problems.push('ADMIN_TOKEN must be at least 32 random characters (openssl rand -hex 32).');
  }
  return text;
}

function isLoopbackHttp(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return url.protocol === 'http:' && isLoopbackName(url.hostname);
}

/** localhost, *.localhost (RFC 6761), 127.0.0.0/8 and ::1. */
export function isLoopbackName(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    name === 'localhost' || name.endsWith('.localhost') || /^127(\.\d{1,3}){3}$/.test(name) || name === '::1'
  );
}

function portOf(publicUrl: string, port: number): string {
  return new URL(publicUrl).port || String(port);
}
