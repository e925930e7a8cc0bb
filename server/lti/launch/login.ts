/**
 * GET|POST /lti/login: a platform asks us to sign a person in (1EdTech Security Framework 1.0 section 5.1.1.1), and we
 * send the browser on to the platform's authorization endpoint (section 5.1.1.2). Nothing is stored; what the launch must
 * know travels in the sealed state. A browser of which we do not know yet that it keeps cookies here gets a page first.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { requestState } from '../../http/request-state.js';
import { narrowFrames } from '../../http/security-headers.js';
import { BridgeError } from '../../lib/errors.js';
import { withQuery } from '../../lib/url.js';
import { isUuid } from '../../lib/uuid.js';
import type { Limit } from '../../store/limits.js';
import type { Platform } from '../../store/platforms.js';
import { keepsCookies, newBrowserSecret, setLoginCookies } from './browser-binding.js';
import { showLoginPage, storageOf, type BrowserPageNeeds } from './browser-pages.js';
import { sealState, type StateNeeds } from './state.js';

export interface LoginNeeds extends StateNeeds, BrowserPageNeeds {
  publicUrl: string;
  platforms: {
    find(id: string): Promise<Platform | undefined>;
    findByIssuer(issuer: string, clientId: string | undefined): Promise<Platform[]>;
  };
  loginLimit: Limit;
}

const text = (max: number) => z.string().max(max);
/** An empty parameter says as much as none. */
const optional = (rule: z.ZodString) =>
  z.preprocess((value) => (value === '' ? undefined : value), rule.optional());

const loginRequest = z.object({
  iss: text(2_048).min(1),
  login_hint: text(8_192).min(1),
  target_link_uri: text(8_192).min(1),
  lti_message_hint: optional(text(8_192)),
  lti_deployment_id: optional(text(255)),
  client_id: optional(text(255)),
  // The name of a frame. Control characters would be spelled six times as long in the state.
  lti_storage_target: optional(text(128).regex(/^\P{Cc}*$/u)),
});

type LoginRequest = z.infer<typeof loginRequest>;

export function login(needs: LoginNeeds) {
  return async function login(ctx: Context): Promise<void> {
    await needs.loginLimit.take(requestState(ctx).ip);
    const request = readLoginRequest(ctx.method === 'POST' ? ctx.request.body : ctx.query);
    const platform = await findPlatform(needs, request, (ctx.params as { platform_id?: string }).platform_id);

    const browserSecret = newBrowserSecret();
    const { state, nonce } = sealState(
      needs,
      {
        platformId: platform.id,
        targetLinkUri: request.target_link_uri,
        deploymentHint: request.lti_deployment_id,
        storageTarget: request.lti_storage_target,
      },
      browserSecret,
    );
    const destination = authenticationRequest(needs, platform, request, state, nonce);
    const knownToKeepCookies = keepsCookies(needs, ctx);
    setLoginCookies(needs, ctx, state, browserSecret);
    ctx.set('Cache-Control', 'no-store');
    if (knownToKeepCookies) return goOn(ctx, destination);
    narrowFrames(ctx, platform.frameOrigins);
    showLoginPage(needs, ctx, {
      destination,
      state,
      browserSecret,
      storage: storageOf(request.lti_storage_target, platform),
      parameters: request,
      path: ctx.path,
    });
  };
}

function goOn(ctx: Context, destination: string): void {
  ctx.status = 302;
  ctx.set('Location', destination);
  ctx.body = '';
}

function readLoginRequest(input: unknown): LoginRequest {
  const parsed = loginRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BridgeError('login_param_invalid', { field: issue!.path.join('.'), detail: issue!.message });
}

/** The one platform that is meant; never the first of several. */
async function findPlatform(
  needs: LoginNeeds,
  request: LoginRequest,
  ownAddress: string | undefined,
): Promise<Platform> {
  const found =
    ownAddress === undefined
      ? await byIssuer(needs, request)
      : await byOwnAddress(needs, request, ownAddress);
  if (found.state !== 'active') {
    throw new BridgeError('launch_registration_inactive', {
      detail: `platform ${found.id} is ${found.state}`,
    });
  }
  return found;
}

async function byIssuer({ platforms }: LoginNeeds, request: LoginRequest): Promise<Platform> {
  const [platform, ...others] = await platforms.findByIssuer(request.iss, request.client_id);
  if (!platform)
    throw new BridgeError('login_issuer_unknown', { detail: 'no platform has this issuer and client_id' });
  if (others.length > 0) {
    throw new BridgeError('login_client_ambiguous', {
      detail: `${others.length + 1} platforms have this issuer`,
    });
  }
  return platform;
}

async function byOwnAddress(
  { platforms }: LoginNeeds,
  request: LoginRequest,
  platformId: string,
): Promise<Platform> {
  const platform = isUuid(platformId) ? await platforms.find(platformId) : undefined;
  const meant =
    platform?.issuer === request.iss && (request.client_id ?? platform.clientId) === platform.clientId;
  if (!platform || !meant) {
    throw new BridgeError('login_issuer_unknown', {
      detail: 'this login address belongs to another issuer or client_id',
    });
  }
  return platform;
}

/**
 * Hints go back to the platform unaltered, and parameters that its address has already stay. The redirect_uri is ours
 * alone: what the unsigned target_link_uri says is compared at the launch and followed nowhere.
 */
function authenticationRequest(
  { publicUrl }: LoginNeeds,
  platform: Platform,
  request: LoginRequest,
  state: string,
  nonce: string,
): string {
  return withQuery(platform.authorizationEndpoint, {
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: platform.clientId,
    redirect_uri: `${publicUrl}/lti/launch`,
    login_hint: request.login_hint,
    lti_message_hint: request.lti_message_hint,
    state,
    nonce,
  });
}
