/**
 * What applications send with their credentials (RFC 6749 section 2.3): a form or JSON, at most 56 kB. The engine reads
 * forms only and from the stream, so the body is read here, brought into that form and handed on. Wrong secrets are
 * counted on the way, at every address that takes one.
 */
import { Readable } from 'node:stream';
import type { Context, Next } from 'koa';
import { requestState } from '../http/request-state.js';
import { BridgeError, catalogue } from '../lib/errors.js';
import { parseStrictObject } from '../lib/strict-json.js';
import type { Limit } from '../store/limits.js';

export type Parameters = Record<string, string>;

export interface ClientRequestNeeds {
  secretLimit: Limit;
}

const maxBody = 56 * 1024;

/**
 * Lets the engine answer what an application sent.
 * @param amend may change the parameters before the engine reads them
 * @returns the parameters, or undefined when the request could not be read: then it is answered already
 */
export async function answerClient(
  needs: ClientRequestNeeds,
  ctx: Context,
  next: Next,
  amend: (parameters: Parameters) => Promise<void> = async () => undefined,
): Promise<Parameters | undefined> {
  ctx.set('Cache-Control', 'no-store');
  const parameters = await readParameters(ctx);
  if (!parameters) return undefined;
  const limitKey = `application ${applicationOf(ctx, parameters)} ${requestState(ctx).ip}`;
  await takeOrRefuse(needs.secretLimit, ctx, limitKey, async () => {
    await amend(parameters);
    replaceBody(ctx, new URLSearchParams(parameters).toString());
    await next();
  });
  return parameters;
}

/** The client_id of the body or of the Basic header; only a name until the engine has authenticated it. */
export function applicationOf(ctx: Context, parameters: Parameters): string {
  const basic = /^Basic ([\w+/=-]+)$/i.exec(ctx.get('Authorization'))?.[1];
  if (!basic) return (parameters.client_id ?? '').slice(0, 64);
  const [id] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  // Form-encoded (RFC 6749 section 2.3.1): one application must not have many spellings to be counted under.
  return new URLSearchParams(`id=${id!.replaceAll('&', '%26')}`).get('id')!.slice(0, 64);
}

async function readParameters(ctx: Context): Promise<Parameters | undefined> {
  const bytes = await readBody(ctx);
  if (bytes === undefined)
    return refuse(ctx, 413, 'invalid_request', 'the request body is larger than 56 kB');
  if (ctx.is('json') === 'json') return parametersFromJson(ctx, bytes);
  if (ctx.is('urlencoded') || bytes.length === 0) return parametersFromForm(ctx, bytes.toString('utf8'));
  return refuse(ctx, 400, 'invalid_request', 'the body must be a form or JSON');
}

async function readBody(ctx: Context): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
      size += (chunk as Buffer).length;
      if (size > maxBody) break;
      chunks.push(chunk as Buffer);
    }
  } catch (cause) {
    throw new BridgeError('request_invalid', { detail: 'the request ended early', cause });
  }
  if (size <= maxBody) return Buffer.concat(chunks);
  // The rest is dropped as it comes, so that the answer reaches a caller that is still sending; the server's time limit
  // for requests ends one that never stops.
  ctx.req.resume();
  return undefined;
}

function parametersFromJson(ctx: Context, bytes: Buffer): Parameters | undefined {
  let json: Record<string, unknown>;
  try {
    json = bytes.length === 0 ? {} : parseStrictObject(bytes);
  } catch {
    return refuse(ctx, 400, 'invalid_request', 'the body must be one JSON object, each name in it once');
  }
  const entries = Object.entries(json).filter(([, value]) => value !== null);
  const plain = entries.every(([, value]) => typeof value === 'string' || typeof value === 'number');
  if (!plain) return refuse(ctx, 400, 'invalid_request', 'every parameter must be a text');
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function parametersFromForm(ctx: Context, text: string): Parameters | undefined {
  const form = new URLSearchParams(text);
  // RFC 6749 section 3.2: parameters must not be included more than once.
  const names = [...form.keys()];
  if (new Set(names).size < names.length)
    return refuse(ctx, 400, 'invalid_request', 'a parameter stands twice');
  return Object.fromEntries(form);
}

/** Wrong secrets are counted per application and address; past the limit even the right one has to wait. */
async function takeOrRefuse(
  limit: Limit,
  ctx: Context,
  key: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await limit.check(key);
    await work();
    if (ctx.status === 401) await limit.take(key);
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== 'rate_limited') throw error;
    // The attempt that reaches the limit is still answered as what it was.
    if (ctx.status === 401) return;
    ctx.set('Retry-After', String(error.retryAfter));
    refuse(ctx, 429, 'temporarily_unavailable', catalogue.rate_limited.sentence);
  }
}

function refuse(ctx: Context, status: number, error: string, description: string): undefined {
  ctx.status = status;
  ctx.body = { error, error_description: description };
}

/** A request whose stream was read, made readable again for whoever reads it next. */
function replaceBody(ctx: Context, text: string): void {
  const body = Readable.from([Buffer.from(text)], { objectMode: false });
  ctx.req.headers['content-type'] = 'application/x-www-form-urlencoded';
  ctx.req.headers['content-length'] = String(Buffer.byteLength(text));
  delete ctx.req.headers['transfer-encoding'];
  ctx.req = Object.create(ctx.req, {
    readable: { value: true },
    readableEncoding: { value: null },
    iterator: { value: (options: { destroyOnReturn?: boolean }) => body.iterator(options) },
  }) as typeof ctx.req;
}
