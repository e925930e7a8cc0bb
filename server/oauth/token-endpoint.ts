/**
 * The way into the token endpoint: POST /oauth/token (RFC 6749, plain) and POST /api/authentication/token (the same
 * exchange in Edlink's envelope), both with a form or a JSON body, and the `context` of the launch beside the tokens.
 *
 * The engine reads forms only and from the stream, so the body is read here, brought into that form and handed on.
 */
import { Readable } from 'node:stream';
import type { Context, Next } from 'koa';
import { requestState } from '../http/request-state.js';
import { BridgeError, catalogue } from '../lib/errors.js';
import type { Metrics } from '../lib/metrics.js';
import type { ApplicationStore } from '../store/applications.js';
import type { Limit } from '../store/limits.js';
import type { LaunchStore, LaunchWithRows } from '../store/launches.js';
import { loadLaunch } from './current-request.js';

export const tokenPath = '/oauth/token';
export const envelopedTokenPath = '/api/authentication/token';

export interface TokenEndpointNeeds {
  applications: Pick<ApplicationStore, 'findForOAuth'>;
  launches: Pick<LaunchStore, 'findWithRows'>;
  secretLimit: Limit;
  metrics: Metrics;
  /** The context that a code exchange answers with. */
  buildContext(launch: LaunchWithRows): unknown;
}

type Parameters = Record<string, string>;
type Body = Record<string, unknown>;

const maxBody = 56 * 1024;

/** Runs around the engine's router. */
export function tokenEndpoint(needs: TokenEndpointNeeds) {
  return async function tokenEndpoint(ctx: Context, next: Next): Promise<void> {
    const enveloped = ctx.path === envelopedTokenPath;
    if (ctx.method !== 'POST' || (!enveloped && ctx.path !== tokenPath)) return next();

    ctx.set('Cache-Control', 'no-store');
    const parameters = await readParameters(ctx);
    if (parameters) {
      const limitKey = `${applicationOf(ctx, parameters)} ${requestState(ctx).ip}`;
      await takeOrRefuse(needs.secretLimit, ctx, limitKey, async () => {
        await defaultRedirectUri(needs, ctx, parameters);
        replaceBody(ctx, new URLSearchParams(parameters).toString());
        ctx.path = tokenPath;
        await next();
        if (ctx.status === 200 && parameters.grant_type === 'authorization_code')
          await addContext(needs, ctx);
      });
      needs.metrics.tokens.inc({ grant_type: grantLabel(parameters), outcome: outcomeOf(ctx) });
    }
    if (enveloped) envelope(ctx);
  };
}

/** The parameters, or undefined when the request was refused right here. */
async function readParameters(ctx: Context): Promise<Parameters | undefined> {
  const text = await readText(ctx);
  if (text === undefined) return refuse(ctx, 413, 'invalid_request', 'the request body is larger than 56 kB');
  if (ctx.is('json') === 'json') return parametersFromJson(ctx, text);
  if (ctx.is('urlencoded') || text === '') return parametersFromForm(ctx, text);
  return refuse(ctx, 400, 'invalid_request', 'the body must be a form or JSON');
}

async function readText(ctx: Context): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of ctx.req) {
    size += (chunk as Buffer).length;
    // The rest is read and dropped, so that the answer reaches a caller that is still sending.
    if (size <= maxBody) chunks.push(chunk as Buffer);
    if (size > 32 * maxBody) ctx.req.destroy();
  }
  return size > maxBody ? undefined : Buffer.concat(chunks).toString('utf8');
}

function parametersFromJson(ctx: Context, text: string): Parameters | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text === '' ? '{}' : text);
  } catch {
    return refuse(ctx, 400, 'invalid_request', 'the body is not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return refuse(ctx, 400, 'invalid_request', 'the body must be a JSON object');
  }
  const entries = Object.entries(json).filter(([, value]) => value !== null && value !== undefined);
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

/** An application that registered several redirect URIs may leave it out: launches go to the primary one. */
async function defaultRedirectUri(
  needs: TokenEndpointNeeds,
  ctx: Context,
  parameters: Parameters,
): Promise<void> {
  if (parameters.grant_type !== 'authorization_code' || parameters.redirect_uri) return;
  const application = await needs.applications.findForOAuth(applicationOf(ctx, parameters));
  const [primary] = application?.redirectUris ?? [];
  if (primary) parameters.redirect_uri = primary;
}

/** The client_id of the body or of the Basic header; only a name until the engine has authenticated it. */
function applicationOf(ctx: Context, parameters: Parameters): string {
  const basic = /^Basic ([\w+/=-]+)$/i.exec(ctx.get('Authorization'))?.[1];
  const named = basic
    ? Buffer.from(basic, 'base64').toString('utf8').split(':')[0]!
    : (parameters.client_id ?? '');
  return named.slice(0, 64);
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

async function addContext(needs: TokenEndpointNeeds, ctx: Context): Promise<void> {
  const grant = ctx.oidc.entities.Grant as { jti: string } | undefined;
  const launch = grant && (await loadLaunchOf(needs, ctx, grant.jti));
  if (launch) ctx.body = { ...(ctx.body as Body), context: needs.buildContext(launch) };
}

/** Read with the grant, before the code was spent; here it only has to be picked up. */
function loadLaunchOf(
  needs: TokenEndpointNeeds,
  ctx: Context,
  id: string,
): Promise<LaunchWithRows | undefined> {
  const noted = (ctx.state as { launch?: LaunchWithRows }).launch;
  return noted?.id === id ? Promise.resolve(noted) : loadLaunch(needs.launches, id);
}

/** Edlink's envelope, with the members of RFC 6749 beside it so that either kind of client understands an error. */
function envelope(ctx: Context): void {
  const $request = requestState(ctx).id;
  const body = (ctx.body ?? {}) as Body;
  if (ctx.status === 200) {
    const { access_token, refresh_token, token_type, expires_in, context } = body;
    ctx.body = { $data: { access_token, refresh_token, token_type, expires_in, context }, $request };
    return;
  }
  const { error, error_description } = body as { error?: string; error_description?: string };
  const $errors = [
    { code: (error ?? 'server_error').toUpperCase(), message: error_description ?? 'The request failed.' },
  ];
  ctx.body = { $errors, $request, error, error_description };
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

function grantLabel(parameters: Parameters): string {
  const known = ['authorization_code', 'refresh_token'].find((grant) => grant === parameters.grant_type);
  return known ?? 'other';
}

function outcomeOf(ctx: Context): string {
  return ctx.status === 200 ? 'ok' : String((ctx.body as Body | undefined)?.error ?? 'failed');
}
