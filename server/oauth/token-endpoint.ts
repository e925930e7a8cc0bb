/**
 * The way into the token endpoint: POST /oauth/token (RFC 6749, plain) and POST /api/authentication/token (the same
 * exchange in Edlink's envelope), and the `context` of the launch beside the tokens.
 */
import type { Context, Next } from 'koa';
import { requestState } from '../http/request-state.js';
import type { Metrics } from '../lib/metrics.js';
import { isUuid } from '../lib/uuid.js';
import type { ApplicationStore } from '../store/applications.js';
import type { LaunchStore, LaunchWithRows } from '../store/launches.js';
import { answerClient, applicationOf, type ClientRequestNeeds, type Parameters } from './client-request.js';
import { loadLaunch, noteRedirectUriLeftOut } from './current-request.js';

export const tokenPath = '/oauth/token';
export const envelopedTokenPath = '/api/authentication/token';

export interface TokenEndpointNeeds extends ClientRequestNeeds {
  applications: Pick<ApplicationStore, 'findForOAuth'>;
  launches: Pick<LaunchStore, 'findWithRows'>;
  metrics: Metrics;
  /** The context that a code exchange answers with. */
  buildContext(launch: LaunchWithRows): unknown;
}

type Body = Record<string, unknown>;

/** Runs around the engine's router. */
export function tokenEndpoint(needs: TokenEndpointNeeds) {
  return async function tokenEndpoint(ctx: Context, next: Next): Promise<void> {
    const enveloped = ctx.path === envelopedTokenPath;
    if (ctx.method !== 'POST' || (!enveloped && ctx.path !== tokenPath)) return next();

    ctx.path = tokenPath;
    const parameters = await answerClient(needs, ctx, next, (sent) => defaultRedirectUri(needs, ctx, sent));
    if (parameters) {
      if (ctx.status === 200 && parameters.grant_type === 'authorization_code') await addContext(needs, ctx);
      needs.metrics.tokens.inc({ grant_type: grantLabel(parameters), outcome: outcomeOf(ctx) });
    }
    if (enveloped) envelope(ctx);
  };
}

/** An application may leave its redirect URI out: a code that nobody asked for means the one that the launch went to. */
async function defaultRedirectUri(
  needs: TokenEndpointNeeds,
  ctx: Context,
  parameters: Parameters,
): Promise<void> {
  if (parameters.grant_type !== 'authorization_code' || parameters.redirect_uri) return;
  const id = applicationOf(ctx, parameters);
  const application = isUuid(id) ? await needs.applications.findForOAuth(id) : undefined;
  const [primary] = application?.redirectUris ?? [];
  if (!primary) return;
  parameters.redirect_uri = primary;
  noteRedirectUriLeftOut(ctx);
}

async function addContext(needs: TokenEndpointNeeds, ctx: Context): Promise<void> {
  const grant = ctx.oidc.entities.Grant as { jti: string } | undefined;
  // Read with the grant, before the code was spent; here it is only picked up.
  const launch = grant && (await loadLaunch(needs.launches, grant.jti, ctx.state));
  if (launch) ctx.body = { ...(ctx.body as Body), context: needs.buildContext(launch) };
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

function grantLabel(parameters: Parameters): string {
  const known = ['authorization_code', 'refresh_token'].find((grant) => grant === parameters.grant_type);
  return known ?? 'other';
}

function outcomeOf(ctx: Context): string {
  return ctx.status === 200 ? 'ok' : String((ctx.body as Body | undefined)?.error ?? 'failed');
}
