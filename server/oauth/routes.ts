/**
 * Mounts the engine behind our server. It builds addresses from the Host header, so it is told the public address here,
 * whatever the request says; what it refuses for want of storage becomes a 503.
 */
import type Provider from 'oidc-provider';
import compose from 'koa-compose';
import type { Context, Middleware } from 'koa';
import { requestState } from '../http/request-state.js';
import { BridgeError } from '../lib/errors.js';
import { errorFields, type Logger } from '../lib/logger.js';
import type { CurrentProvider } from './current-provider.js';
import { envelopedTokenPath, tokenEndpoint, tokenPath, type TokenEndpointNeeds } from './token-endpoint.js';

export interface EngineNeeds extends TokenEndpointNeeds {
  logger: Logger;
  asStorageError(error: unknown): BridgeError | undefined;
}

/** Every address the engine answers, and how. */
export const oauthPaths: Record<string, string[]> = {
  '/.well-known/openid-configuration': ['GET'],
  '/oauth/authorize': ['GET'],
  [tokenPath]: ['POST'],
  [envelopedTokenPath]: ['POST'],
  '/oauth/userinfo': ['GET', 'POST'],
  '/oauth/jwks': ['GET'],
  '/oauth/introspect': ['POST'],
  '/oauth/revoke': ['POST'],
};

/** To be called once for every engine that is made, before its first request. */
export function prepareProvider(needs: EngineNeeds, provider: Provider): void {
  provider.use(tokenEndpoint(needs) as unknown as Parameters<Provider['use']>[0]);
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
}

export function oauthRoutes(needs: { publicUrl: string; provider: CurrentProvider }): Middleware {
  const { host, protocol } = new URL(needs.publicUrl);
  return async function oauthRoutes(ctx, next) {
    const methods = oauthPaths[ctx.path];
    if (!methods) return next();
    ctx.state.route = ctx.path;
    if (!methods.includes(ctx.method) && ctx.method !== 'HEAD' && ctx.method !== 'OPTIONS') {
      ctx.set('Allow', methods.join(', '));
      ctx.status = 405;
      ctx.body = { error: 'invalid_request', error_description: `use ${methods.join(' or ')} here` };
      return;
    }
    ctx.req.headers.host = host;
    ctx.req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    delete ctx.req.headers['x-forwarded-host'];
    // Run inside our own server, so that its request id, its log line and its one catch hold here too.
    const provider = await needs.provider.get();
    await compose(provider.middleware as unknown as Middleware[])(ctx, async () => undefined);
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
  const name = error.status === 503 || error.status === 429 ? 'temporarily_unavailable' : 'invalid_request';
  ctx.body = { error: error.status === 500 ? 'server_error' : name, error_description: error.row.sentence };
}
