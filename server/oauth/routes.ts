/**
 * Mounts the engine behind our server. It builds addresses from the Host header, so it is told the public address here,
 * whatever the request says; what it refuses for want of storage becomes a 503.
 */
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import compose from 'koa-compose';
import type { Context, Middleware, Next } from 'koa';
import { endOfTable } from '../http/doors.js';
import { requestState } from '../http/request-state.js';
import { allowFormPost } from '../http/security-headers.js';
import { BridgeError } from '../lib/errors.js';
import { errorFields, type Logger } from '../lib/logger.js';
import { answerClient } from './client-request.js';
import { mayReadInBrowser } from './cors.js';
import type { CurrentProvider } from './current-provider.js';
import { envelopedTokenPath, tokenEndpoint, tokenPath, type TokenEndpointNeeds } from './token-endpoint.js';

export interface EngineNeeds extends TokenEndpointNeeds {
  logger: Logger;
  asStorageError(error: unknown): BridgeError | undefined;
}

const authorizePath = '/oauth/authorize';

/** Every address the engine answers, and how. OPTIONS stands where pages of any origin may read. */
export const oauthPaths: Record<string, string[]> = {
  '/.well-known/openid-configuration': ['GET', 'HEAD', 'OPTIONS'],
  [authorizePath]: ['GET', 'HEAD'],
  [tokenPath]: ['POST'],
  [envelopedTokenPath]: ['POST'],
  '/oauth/userinfo': ['GET', 'HEAD', 'POST'],
  '/oauth/jwks': ['GET', 'HEAD', 'OPTIONS'],
  '/oauth/introspect': ['POST'],
  '/oauth/revoke': ['POST'],
};

/** To be called once for every engine that is made, before its first request. */
export function prepareProvider(needs: EngineNeeds, provider: Provider): void {
  provider.use(tokenEndpoint(needs) as unknown as Parameters<Provider['use']>[0]);
  provider.use(aboutTokens(needs) as unknown as Parameters<Provider['use']>[0]);
  provider.use(unavailableWhenStorageIs(needs) as Parameters<Provider['use']>[0]);
  provider.on('server_error', (ctx, error) => {
    (ctx.state as { failure?: unknown }).failure = error;
  });
  provider.on('grant.error', (ctx, error) => {
    needs.logger.info('token refused', {
      request_id: requestState(ctx as unknown as Context).id,
      application_id: ctx.oidc.client?.clientId,
      code: error.error,
      detail: error.error_detail,
    });
  });
  provider.on('authorization.error', (ctx, error) => {
    const { id, reference } = requestState(ctx as unknown as Context);
    const { error: code, error_detail: detail } = error as { error?: string; error_detail?: string };
    needs.logger.info('authorization refused', {
      request_id: id,
      reference,
      application_id: ctx.oidc.client?.clientId,
      code,
      detail,
    });
  });
}

export function oauthRoutes(needs: { publicUrl: string; provider: CurrentProvider }): Middleware {
  const { host, protocol } = new URL(needs.publicUrl);
  return async function oauthRoutes(ctx, next) {
    const methods = oauthPaths[ctx.path];
    // Under /api/ others have their addresses too.
    if (!methods) return ctx.path.startsWith('/api/') ? next() : endOfTable(ctx);
    ctx.state.route = ctx.path;
    if (!methods.includes(ctx.method)) {
      ctx.set('Allow', methods.join(', '));
      throw new BridgeError('method_not_allowed');
    }
    ctx.req.headers.host = host;
    ctx.req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    delete ctx.req.headers['x-forwarded-host'];
    // The engine would show its errors as a page to whoever prefers HTML; only one of its addresses is for people.
    if (ctx.path !== authorizePath) ctx.req.headers.accept = 'application/json';
    else if (ctx.query.response_mode === 'form_post') allowFormPost(ctx);
    // Run inside our own server, so that its request id, its log line and its one catch hold here too.
    const provider = await needs.provider.get();
    try {
      await compose(provider.middleware as unknown as Middleware[])(ctx, async () => undefined);
    } finally {
      const allowed = mayReadInBrowser(ctx.get('Origin'), (ctx as Partial<KoaContextWithOIDC>).oidc?.client);
      if (!methods.includes('OPTIONS') && !allowed) withoutCors(ctx);
    }
  };
}

/** The engine lets the origin of any request read an answer until it knows the application. */
function withoutCors(ctx: Context): void {
  for (const name of Object.keys(ctx.response.headers))
    if (name.startsWith('access-control-')) ctx.remove(name);
}

/** Introspection and revocation take an application's secret too, and take it in the same ways. */
function aboutTokens(needs: EngineNeeds) {
  return async function aboutTokens(ctx: Context, next: Next): Promise<void> {
    const takesSecret = ctx.path === '/oauth/introspect' || ctx.path === '/oauth/revoke';
    if (!takesSecret) return next();
    await answerClient(needs, ctx, next);
  };
}

function unavailableWhenStorageIs({ logger, asStorageError }: EngineNeeds): Middleware {
  return async function unavailableWhenStorageIs(ctx, next) {
    await next();
    const { failure } = ctx.state as { failure?: unknown };
    if (failure === undefined) return;
    const storage = failure instanceof BridgeError ? failure : asStorageError(failure);
    logger.error('failed', {
      request_id: requestState(ctx).id,
      reference: requestState(ctx).reference,
      code: storage?.code ?? 'internal_error',
      ...errorFields(failure),
    });
    if (storage?.code !== 'storage_unavailable') return;
    ctx.status = 503;
    ctx.set('Retry-After', String(storage.retryAfter));
    ctx.body = { error: 'temporarily_unavailable', error_description: storage.row.sentence };
  };
}

/** How this door says an error that did not come from the engine (RFC 6749 section 5.2). */
export function sayOAuthError(ctx: Context, error: BridgeError): void {
  ctx.body = oauthError(error);
}

export function oauthError(error: BridgeError): { error: string; error_description: string } {
  const name = error.status === 503 || error.status === 429 ? 'temporarily_unavailable' : 'invalid_request';
  return { error: error.status === 500 ? 'server_error' : name, error_description: error.row.sentence };
}
