/**
 * Structured logs: one JSON object a line. What may be said is a closed list of fields (LogFields), so a token, a name or
 * an address can not slip in by accident; a list of what to hide would miss the next field somebody adds.
 */
import { types } from 'node:util';
import { pino } from 'pino';

export interface LogFields {
  request_id?: string;
  reference?: string;
  method?: string;
  /** The route's pattern, never the address with its values. */
  route?: string;
  status?: number;
  duration_ms?: number;
  code?: string;
  detail?: string;
  field?: string;
  application_id?: string;
  platform_id?: string;
  deployment_row?: string;
  launch_id?: string;
  message_type?: string;
  intent?: string;
  key_id?: string;
  purpose?: string;
  host?: string;
  count?: number;
  port?: number;
  url?: string;
  error_name?: string;
  error_code?: string;
  stack?: string;
}

const allowed: Record<keyof LogFields, true> = {
  request_id: true,
  reference: true,
  method: true,
  route: true,
  status: true,
  duration_ms: true,
  code: true,
  detail: true,
  field: true,
  application_id: true,
  platform_id: true,
  deployment_row: true,
  launch_id: true,
  message_type: true,
  intent: true,
  key_id: true,
  purpose: true,
  host: true,
  count: true,
  port: true,
  url: true,
  error_name: true,
  error_code: true,
  stack: true,
};

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogSink {
  write(line: string): void;
}

export function createLogger(level: LogLevel, sink: LogSink = process.stdout): Logger {
  const out = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  return {
    debug: (event, fields = {}) => out.debug(pick(fields), event),
    info: (event, fields = {}) => out.info(pick(fields), event),
    warn: (event, fields = {}) => out.warn(pick(fields), event),
    error: (event, fields = {}) => out.error(pick(fields), event),
  };
}

/**
 * What a foreign error may say in the log: its kind, its code and where it was thrown. Its message is left out, because
 * drivers put statements and values into it.
 */
export function errorFields(error: unknown): LogFields {
  // Not instanceof: a driver's errors may come from another realm.
  if (!types.isNativeError(error)) return { error_name: typeof error };
  const code = (error as { code?: unknown }).code;
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    error_name: error.name,
    error_code: typeof code === 'string' ? code : undefined,
    stack: frames.slice(0, 12).join('\n'),
  };
}

function pick(fields: LogFields): LogFields {
  const entries = Object.entries(fields).filter(
    ([key, value]) => key in allowed && (typeof value === 'number' || typeof value === 'string'),
  );
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value.slice(0, 2000) : value]),
  );
}
