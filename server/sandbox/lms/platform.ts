/**
 * An LTI 1.3 platform without pages and without a server: it starts logins, judges authentication requests and signs
 * messages. The sandbox LMS serves one to browsers; tests serve others, and forge with them.
 */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { BridgeError } from '../../lib/errors.js';
import { readAuthenticationRequest, refuse, type AuthenticationError } from './authentication-request.js';
import { messageClaims } from './claims.js';
import type { MessageDraft } from './message.js';
import { signCompact, type PlatformKey } from './platform-key.js';

export { generatePlatformKey, type PlatformKey } from './platform-key.js';

export interface SimulatedPlatformOptions {
  issuer: string;
  /** Where its endpoints live, when that is not the issuer: Canvas and Blackboard have one issuer for all schools. */
  endpointOrigin?: string;
  /** The tool's client_id here. */
  clientId: string;
  deploymentId: string;
  /** tool_platform.guid; without it the claim is left out. */
  guid?: string;
  /** The tool's only registered redirect_uri. */
  toolLaunchUrl: string;
  /** The first one signs, all of them are published. */
  keys: PlatformKey[];
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** The answer to an authentication request: a form that the browser posts. */
export interface AuthenticationResponse {
  redirectUri: string;
  fields: Record<string, string>;
}

interface OpenLogin {
  loginHint: string;
  message: MessageDraft;
}

const anonymousHint = 'anonymous';
const loginsAtMost = 10_000;
const loginLifetime = 10 * 60_000;

export class SimulatedPlatform {
  readonly issuer: string;
  readonly clientId: string;
  readonly deploymentId: string;
  readonly guid: string | undefined;
  readonly toolLaunchUrl: string;
  readonly authorizationEndpoint: string;
  readonly jwksUri: string;
  readonly tokenEndpoint: string;
  /** May be changed at any time: put a key in front to rotate, take one out to withdraw it. */
  readonly keys: PlatformKey[];
  readonly #now: () => number;
  readonly #logins: LRUCache<string, OpenLogin>;

  constructor(options: SimulatedPlatformOptions) {
    const origin = options.endpointOrigin ?? options.issuer;
    this.issuer = options.issuer;
    this.clientId = options.clientId;
    this.deploymentId = options.deploymentId;
    this.guid = options.guid;
    this.toolLaunchUrl = options.toolLaunchUrl;
    this.authorizationEndpoint = `${origin}/lti/authorize`;
    this.jwksUri = `${origin}/lti/keys`;
    this.tokenEndpoint = `${origin}/lti/token`;
    this.keys = options.keys;
    this.#now = options.now ?? Date.now;
    this.#logins = new LRUCache({
      max: loginsAtMost,
      ttl: loginLifetime,
      ttlResolution: 0,
      perf: { now: this.#now },
    });
  }

  /** The parameters of a third-party-initiated login (section 5.1.1.1). The message waits under its single-use hint. */
  startLogin(message: MessageDraft): Record<string, string> {
    const loginHint = message.person?.id ?? anonymousHint;
    const messageHint = randomUUID();
    this.#logins.set(messageHint, { loginHint, message });
    return {
      iss: this.issuer,
      login_hint: loginHint,
      target_link_uri: message.targetLinkUri,
      lti_message_hint: messageHint,
      client_id: this.clientId,
      lti_deployment_id: this.deploymentId,
    };
  }

  /**
   * Answers an authentication request with an id_token or with an error, both for the registered redirect_uri.
   * @throws BridgeError `request_invalid` for any other redirect_uri: nobody is sent there (RFC 6749 section 4.1.2.1).
   */
  async authorize(params: Record<string, unknown>): Promise<AuthenticationResponse> {
    if (params.redirect_uri !== this.toolLaunchUrl) {
      throw new BridgeError('request_invalid', {
        detail: 'the redirect_uri is not registered at this platform',
        field: 'redirect_uri',
      });
    }
    const state: Record<string, string> = typeof params.state === 'string' ? { state: params.state } : {};
    const answer = await this.#answer(params);
    return { redirectUri: this.toolLaunchUrl, fields: { ...answer, ...state } };
  }

  async #answer(params: Record<string, unknown>): Promise<{ id_token: string } | AuthenticationError> {
    const request = readAuthenticationRequest(params, this.clientId);
    if ('error' in request) return request;
    const login = this.#logins.get(request.messageHint);
    if (!login) return refuse('launch_no_longer_valid', 'lti_message_hint is unknown, spent or too old');
    if (login.loginHint !== request.loginHint) {
      return refuse('login_required', 'login_hint names another person than the one who is signed in');
    }
    this.#logins.delete(request.messageHint);
    return { id_token: await this.sign(this.claims(login.message, request.nonce)) };
  }

  /** All claims of the id_token for a message. */
  claims(message: MessageDraft, nonce: string): Record<string, unknown> {
    const { issuer, clientId, deploymentId, guid } = this;
    const issuedAt = Math.floor(this.#now() / 1_000);
    return messageClaims({ issuer, clientId, deploymentId, guid, nonce, issuedAt }, message);
  }

  /** Signs with RSA and SHA-256. `header` is put over the header; undefined takes a member away. */
  async sign(
    claims: Record<string, unknown>,
    header: Record<string, unknown> = {},
    key: PlatformKey | undefined = this.keys[0],
  ): Promise<string> {
    if (!key) throw new Error('a platform without keys cannot sign');
    return signCompact({ typ: 'JWT', alg: key.alg, kid: key.kid, ...header }, claims, key);
  }

  jwks(): { keys: Record<string, unknown>[] } {
    return { keys: this.keys.map(({ publicJwk }) => publicJwk) };
  }
}
