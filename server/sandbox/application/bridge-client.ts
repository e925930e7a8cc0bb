/**
 * The demonstration application's side of OAuth: a standard client (openid-client) that knows nothing of LTI and nothing
 * of the bridge but its issuer address. This is all the code that an application needs.
 */
import {
  ClientSecretBasic,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
  allowInsecureRequests,
  authorizationCodeGrant,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchProtectedResource,
  fetchUserInfo,
  refreshTokenGrant,
  type Configuration,
  type CustomFetch,
  type IDToken,
  type TokenEndpointResponse,
} from 'openid-client';

export interface BridgeClientNeeds {
  /** The issuer. */
  publicUrl: string;
  clientId: string;
  clientSecret: string;
  fetch: CustomFetch;
}

export interface Exchange {
  /** The members of the token response. */
  response: TokenEndpointResponse;
  /** The verified claims of the id_token. */
  person: IDToken;
}

export interface ApiAnswer {
  /** Undefined when no answer came. */
  status: number | undefined;
  body: string;
}

export class BridgeClient {
  readonly #needs: BridgeClientNeeds;
  #configuration: Promise<Configuration> | undefined;

  constructor(needs: BridgeClientNeeds) {
    this.#needs = needs;
  }

  /**
   * Exchanges the code of a launch. It was not asked for, so there is no state, nonce or PKCE verifier to compare: the
   * client checks `iss` (RFC 9207), the signature of the id_token and its claims.
   */
  async exchange(callback: URL): Promise<Exchange> {
    const response = await authorizationCodeGrant(await this.#configure(), callback, {
      idTokenExpected: true,
    });
    return { response, person: response.claims()! };
  }

  async refresh(refreshToken: string): Promise<TokenEndpointResponse> {
    return refreshTokenGrant(await this.#configure(), refreshToken);
  }

  async userInfo(accessToken: string, subject: string): Promise<Record<string, unknown>> {
    return fetchUserInfo(await this.#configure(), accessToken, subject);
  }

  /** Who the bridge says the person is, by its API. A refusal is shown like any answer: the launch itself went well. */
  async profile(accessToken: string): Promise<ApiAnswer> {
    const url = new URL('/api/v2/my/profile', this.#needs.publicUrl);
    try {
      const answer = await fetchProtectedResource(await this.#configure(), accessToken, url, 'GET');
      return { status: answer.status, body: await answer.text() };
    } catch (error) {
      if (!(error instanceof WWWAuthenticateChallengeError))
        return { status: undefined, body: 'No answer came.' };
      return { status: error.status, body: await error.response.text() };
    }
  }

  /** Read once; a failure is not kept, since the bridge may only have been starting. */
  #configure(): Promise<Configuration> {
    this.#configuration ??= this.#discover().catch((error: unknown) => {
      this.#configuration = undefined;
      throw error;
    });
    return this.#configuration;
  }

  async #discover(): Promise<Configuration> {
    const { publicUrl, clientId, clientSecret, fetch } = this.#needs;
    const issuer = new URL(publicUrl);
    return discovery(issuer, clientId, undefined, ClientSecretBasic(clientSecret), {
      [customFetch]: fetch,
      // The sandbox runs where the bridge itself is http: on a developer's machine.
      execute:
        issuer.protocol === 'http:'
          ? [allowInsecureRequests, enableNonRepudiationChecks]
          : [enableNonRepudiationChecks],
    });
  }
}

/** The OAuth error code of a refusal, where there is one. */
export function oauthErrorOf(error: unknown): string | undefined {
  return error instanceof ResponseBodyError ? error.error : undefined;
}
