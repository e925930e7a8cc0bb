/**
 * Launch mode `initiate`: the launch starts the application's own login (OpenID Connect Core 1.0 section 4), with a hint
 * that is good once, for five minutes, and for this application only. The application comes back to the authorization
 * endpoint with its own state, nonce and PKCE, and is answered at once, without a cookie: a code that somebody slipped
 * into another browser is of no use there.
 */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { randomSecret, sha256 } from '../lib/crypto.js';
import { withQuery } from '../lib/url.js';
import type { Launch, LaunchStore } from '../store/launches.js';

export interface HintNeeds {
  publicUrl: string;
  launches: Pick<LaunchStore, 'saveLoginHint' | 'findByLoginHint' | 'spendLoginHint'>;
  now: () => number;
}

const hintMinutes = 5;

/** @returns the address that starts the application's login */
export async function initiateLogin(
  { publicUrl, launches }: Pick<HintNeeds, 'publicUrl' | 'launches'>,
  launch: Pick<Launch, 'id' | 'details'>,
  initiateLoginUri: string,
): Promise<string> {
  const hint = randomSecret();
  await launches.saveLoginHint(launch.id, sha256(hint));
  return withQuery(initiateLoginUri, {
    iss: publicUrl,
    login_hint: hint,
    // What the link in the LMS says. An application that looks at it must not follow it blindly.
    target_link_uri: launch.details.targetLinkUri ?? `${publicUrl}/lti/launch`,
  });
}

interface HintState {
  hintedLaunch?: Launch;
}

/** The launch behind the login_hint of an authorization request, if the hint is fresh; noted for the steps that follow. */
export async function readLoginHint(
  { launches, now }: HintNeeds,
  ctx: KoaContextWithOIDC,
): Promise<Launch | undefined> {
  const hint = ctx.query.login_hint;
  if (typeof hint !== 'string') return undefined;
  const launch = await launches.findByLoginHint(sha256(hint));
  const isFresh = launch && now() - launch.createdAt <= hintMinutes * 60_000;
  (ctx.state as HintState).hintedLaunch = isFresh ? launch : undefined;
  return hintedLaunch(ctx);
}

export function hintedLaunch(ctx: { state: object }): Launch | undefined {
  return (ctx.state as HintState).hintedLaunch;
}

/**
 * Spends the hint of a request that passed all other checks.
 * @throws LoginRequired for a hint of another application, or one that was used already
 */
export async function spendLoginHint(
  { launches }: HintNeeds,
  ctx: KoaContextWithOIDC,
): Promise<string | undefined> {
  const launch = hintedLaunch(ctx);
  if (!launch) return undefined;
  if (launch.applicationId !== ctx.oidc.client?.clientId) {
    throw new errors.LoginRequired('the login_hint was made for another application');
  }
  if (!(await launches.spendLoginHint(launch.id)))
    throw new errors.LoginRequired('the login_hint was used already');
  return launch.id;
}
