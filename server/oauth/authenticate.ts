/**
 * A bearer access token becomes a caller (RFC 6750 section 2.1: from the header only). The token's launch is asked too,
 * so a revoked grant ends it at once.
 */
import type { Context, Middleware } from 'koa';
import { BridgeError } from '../lib/errors.js';
import type { OAuthArtifactStore } from '../store/oauth-artifacts.js';
import type { LaunchStore, LaunchWithRows } from '../store/launches.js';

/** Whose rights a request has: a person's, within the launch their token came from. */
export interface Caller {
  launch: LaunchWithRows;
}

export interface AuthenticateNeeds {
  artifacts: Pick<OAuthArtifactStore, 'find'>;
  launches: Pick<LaunchStore, 'findWithRows'>;
  now: () => number;
}

/** @throws BridgeError `unauthorized`, `token_expired`, `launch_registration_inactive` */
export function authenticate(needs: AuthenticateNeeds): Middleware {
  return async function authenticate(ctx, next) {
    ctx.set('Cache-Control', 'no-store');
    ctx.state.caller = await findCaller(needs, ctx);
    await next();
  };
}

export function callerOf(ctx: Context): Caller {
  return ctx.state.caller as Caller;
}

async function findCaller(needs: AuthenticateNeeds, ctx: Context): Promise<Caller> {
  const token = /^Bearer ([\w.~+/=-]{1,512})$/i.exec(ctx.get('Authorization'))?.[1];
  const artifact = token && (await needs.artifacts.find('AccessToken', token));
  const launch = artifact && (await needs.launches.findWithRows(artifact.grant.launchId));
  if (!artifact || !launch) {
    ctx.set('WWW-Authenticate', token ? 'Bearer error="invalid_token"' : 'Bearer');
    throw new BridgeError('unauthorized');
  }
  if (Number(artifact.payload.exp) * 1_000 <= needs.now()) {
    ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"');
    throw new BridgeError('token_expired');
  }
  // A suspended platform's people are shut out of everything, not only of new launches.
  if (!launch.isConnected) throw new BridgeError('launch_registration_inactive');
  return { launch };
}
