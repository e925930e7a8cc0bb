/**
 * The authorization server: oidc-provider, configured. It is never asked to sign anybody in: a person comes with a launch
 * or not at all, so there are no sessions, no interactions and no cookies.
 */
import Provider, { errors, interactionPolicy, type Configuration, type JWK } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Context } from 'koa';
import type { Pages } from '../http/pages.js';
import { requestState } from '../http/request-state.js';
import { equalsConstantTime, sha256 } from '../lib/crypto.js';
import type { Egress } from '../lib/egress.js';
import type { SigningKey } from '../store/signing-keys.js';
import { accountClaims } from './account-claims.js';
import { createAdapterFactory, type AdapterNeeds } from './adapter.js';
import { loadLaunch } from './current-request.js';
import { engineFetch } from './engine-fetch.js';
import { isPublic } from './client-metadata.js';
import { mayReadInBrowser } from './cors.js';
import { hintedLaunch, readLoginHint, spendLoginHint, type HintNeeds } from './login-hint.js';

export interface ProviderNeeds extends AdapterNeeds, HintNeeds {
  launches: AdapterNeeds['launches'] & HintNeeds['launches'];
  egress: Egress;
  publicUrl: string;
  pages: Pages;
}

const day = 86_400;
/** After so many idle days a public application's refresh token ends. */
const publicIdleDays = 90;

/** Lifetimes in seconds. A grant's own end is its launch's business; the engine's dates only have to be later. */
const ttl = {
  AuthorizationCode: 60,
  AccessToken: 3_600,
  IdToken: 3_600,
  Grant: 36_500 * day,
  Session: 60,
  Interaction: 60,
};

/** @param keys current keys first sign; next and retired ones are published beside them */
export function createProvider(needs: ProviderNeeds, keys: SigningKey[]): Provider {
  const provider = new Provider(needs.publicUrl, configuration(needs, keys));
  // The engine is always mounted behind our own server, which tells it the public address (see routes.ts).
  provider.proxy = true;
  compareHashedSecrets(provider);
  sessionsFromHints(provider, needs);
  return provider;
}

function configuration(needs: ProviderNeeds, keys: SigningKey[]): Configuration {
  const ownTokensOnly = async (_ctx: unknown, client: { clientId: string }, token: { clientId?: string }) =>
    token.clientId === client.clientId;
  return {
    adapter: createAdapterFactory(needs),
    jwks: { keys: [...keys].sort(currentFirst).map((key) => key.privateJwk as unknown as JWK) },
    routes: {
      authorization: '/oauth/authorize',
      token: '/oauth/token',
      userinfo: '/oauth/userinfo',
      jwks: '/oauth/jwks',
      introspection: '/oauth/introspect',
      revocation: '/oauth/revoke',
    },
    scopes: ['openid', 'profile', 'email'],
    claims: {
      openid: ['sub', 'auth_time', 'amr'],
      profile: ['name', 'given_name', 'family_name', 'middle_name', 'picture', 'locale'],
      email: ['email'],
    },
    // Applications expect the name in the id_token, where it arrives without another request.
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    pkce: { required: () => true },
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256'],
      clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      resourceIndicators: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      introspection: { enabled: true, allowedPolicy: ownTokensOnly },
      revocation: { enabled: true, allowedPolicy: ownTokensOnly },
    },
    formats: { bitsOfOpaqueRandomness: 256 },
    ttl: {
      ...ttl,
      RefreshToken: (_ctx, _token, client) => (isPublic(client) ? publicIdleDays * day : 36_500 * day),
    },
    clientBasedCORS: (_ctx, origin, client) => mayReadInBrowser(origin, client),
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // A confidential application keeps its refresh token: Edlink's SDK uses one several times at once. A public one gets a
    // new one each time, and one that comes back ends the grant (RFC 9700 section 4.14.2).
    rotateRefreshToken: (ctx) => isPublic(ctx.oidc.client),
    expiresWithSession: async () => false,
    async findAccount(ctx, sub, token) {
      const launchId = (token as { grantId?: string } | undefined)?.grantId ?? hintedLaunch(ctx)?.id;
      const launch = launchId ? await loadLaunch(needs.launches, launchId) : undefined;
      if (launch?.personId !== sub) return undefined;
      return { accountId: sub, claims: async () => accountClaims(launch) };
    },
    interactions: { policy: [onlyByLaunch()] },
    async loadExistingGrant(ctx) {
      const launchId = await spendLoginHint(needs, ctx);
      return launchId === undefined ? undefined : ctx.oidc.provider.Grant.find(launchId);
    },
    fetch: engineFetch(needs.egress),
    // An authorization request that names no redirect URI we know is answered here and sent nowhere.
    renderError: async (ctx, out) => {
      const { reference } = requestState(ctx as unknown as Context);
      needs.pages.render(ctx as never, 'authorization-error', { ...out, reference });
    },
  };
}

/** Secrets are kept as hashes, so the engine's comparison of texts is replaced by one of hashes. */
function compareHashedSecrets(provider: Provider): void {
  const { prototype } = provider.Client as unknown as { prototype: { compareClientSecret: unknown } };
  prototype.compareClientSecret = function compareClientSecret(
    this: { clientSecret: string },
    actual: string,
  ) {
    const hash = sha256(actual);
    // Every hash is compared, so that the time does not tell which one was right.
    return this.clientSecret.split(' ').filter((known) => equalsConstantTime(known, hash)).length > 0;
  };
}

/**
 * The engine looks for a session in cookies. Here it gets one that knows the launch behind the login_hint, or nobody, and
 * that is never saved, so that no cookie is left either.
 */
function sessionsFromHints(provider: Provider, needs: HintNeeds): void {
  const Session = provider.Session as unknown as { get: unknown; new (): UnsavedSession };
  Session.get = async (ctx: KoaContextWithOIDC) => {
    const session = new Session();
    session.destroyed = true;
    const launch = await readLoginHint(needs, ctx);
    if (launch) {
      session.loginAccount({ accountId: launch.personId, amr: ['lti'] });
      session.grantIdFor(launch.applicationId, launch.id);
    }
    (ctx.oidc as unknown as { entity(name: string, value: unknown): void }).entity('Session', session);
    return session;
  };
}

/** Whoever asks to be signed in without coming from an LMS is told so at the application's redirect URI. */
function onlyByLaunch() {
  const check = new interactionPolicy.Check(
    'no_launch',
    'a person comes with a launch',
    'login_required',
    (ctx) => {
      if (ctx.oidc.session?.accountId) return interactionPolicy.Check.NO_NEED_TO_PROMPT;
      throw new errors.LoginRequired('open the application from the learning platform');
    },
  );
  return new interactionPolicy.Prompt({ name: 'login', requestable: false }, check);
}

interface UnsavedSession {
  destroyed: boolean;
  loginAccount(details: { accountId: string; amr: string[] }): void;
  grantIdFor(clientId: string, grantId: string): void;
}

function currentFirst(a: SigningKey, b: SigningKey): number {
  return Number(b.state === 'current') - Number(a.state === 'current');
}
