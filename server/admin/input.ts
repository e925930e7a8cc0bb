/** What operators send, checked by schema; a refusal names the field. Unknown fields are refused: they are typing errors. */
import type { Context } from 'koa';
import { z } from 'zod';
import { judgeUrl } from '../lib/egress.js';
import { BridgeError } from '../lib/errors.js';
import { isUuid } from '../lib/uuid.js';

/** @throws BridgeError `request_invalid` with the first field at fault */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  throw new BridgeError('request_invalid', {
    field: unknown ?? issue.path.join('.'),
    detail: unknown ? 'this field is not known here' : issue.message,
  });
}

/** The :id of an address. @throws BridgeError `not_found` for what can be no id */
export function readId(ctx: Context): string {
  const { id } = ctx.params as { id?: string };
  if (!id || !isUuid(id)) throw new BridgeError('not_found');
  return id;
}

export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new BridgeError('not_found');
  return value;
}

/** One line. Control characters would end up in headers and logs, and PostgreSQL keeps no NUL. */
export const shortText = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .refine((value) => !/\p{Cc}/u.test(value), { message: 'must be one line without control characters' });

/**
 * An origin as browsers write it: scheme, host, port if it is not the usual one, nothing else.
 * @param options.anyHostBelow also takes `https://*.example.org`, as a policy for frames does
 */
export function origin(options: { http: boolean; anyHostBelow?: boolean }) {
  return z.string().refine((value) => isOrigin(value, options), {
    message: options.http
      ? 'must be an origin such as https://lms.example.org'
      : 'must be an https origin such as https://lms.example.org',
  });
}

function isOrigin(value: string, { http, anyHostBelow }: { http: boolean; anyHostBelow?: boolean }): boolean {
  const exact = anyHostBelow ? value.replace('://*.', '://') : value;
  if (!URL.canParse(exact)) return false;
  const url = new URL(exact);
  return (
    url.origin === exact &&
    isPlainHost(url) &&
    (url.protocol === 'https:' || (http && url.protocol === 'http:'))
  );
}

/** An absolute https address without userinfo and fragment; http on a loopback name where that is allowed. */
export function httpsUrl({ httpLoopback }: { httpLoopback: boolean }) {
  return z
    .string()
    .max(2_048)
    .refine((value) => isHttpsUrl(value, httpLoopback), {
      message: httpLoopback
        ? 'must be an https address in ASCII without userinfo and fragment (http on loopback in development)'
        : 'must be an https address in ASCII without userinfo and fragment',
    });
}

/** Would our egress call this address? What it would refuse is refused here, where somebody can mend it. */
export function isReachable(address: string, allow: string[]): boolean {
  try {
    judgeUrl(address, allow);
    return true;
  } catch {
    return false;
  }
}

function isHttpsUrl(value: string, httpLoopback: boolean): boolean {
  // Addresses are ASCII (RFC 3986), and no header takes anything else.
  if (!URL.canParse(value) || !/^[\x21-\x7e]+$/.test(value) || value.includes('\\')) return false;
  const url = new URL(value);
  if (url.username || url.password || value.includes('#') || !isPlainHost(url)) return false;
  if (url.protocol === 'https:') return true;
  return (
    httpLoopback &&
    url.protocol === 'http:' &&
    /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  );
}

/** URLs may have a semicolon or a quote in their host; hosts end up in Content-Security-Policy, where they are syntax. */
function isPlainHost({ hostname }: URL): boolean {
  return /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(hostname);
}

export interface Page {
  limit: number;
  after?: string;
}

/** `?limit=` (1 to 200, 50 by default) and `?after=`, the id of the last item of the page before. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.uuid().optional(),
};

/** A page of a list; `next` is what `after` has to be for the following one, null at the end. */
export function presentPage<T extends { id: string }>(items: T[], limit: number) {
  return { items, next: items.length === limit ? items.at(-1)!.id : null };
}
