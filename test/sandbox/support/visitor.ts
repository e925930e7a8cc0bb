/** Somebody at the sandbox LMS with a browser: keeps the cookie of their school and posts forms from its own pages. */
import { readForm, type Answer, type serveSandbox } from './sites.js';

type SandboxSite = Awaited<ReturnType<typeof serveSandbox>>;

export class Visitor {
  readonly #site: SandboxSite;
  #cookie = '';

  constructor(site: SandboxSite) {
    this.#site = site;
  }

  async get(path: string): Promise<Answer> {
    return this.#remember(
      await this.#site.ask(this.#site.lmsUrl + path, { headers: { cookie: this.#cookie } }),
    );
  }

  async post(path: string, form: Record<string, string> = {}, origin = this.#site.lmsUrl): Promise<Answer> {
    const headers = { cookie: this.#cookie, origin };
    return this.#remember(await this.#site.ask(this.#site.lmsUrl + path, { headers, form }));
  }

  /** The login that a launch page posts. */
  async login(path: string): Promise<Record<string, string>> {
    return readForm((await this.get(path)).body).fields;
  }

  /** What the LMS posts to the bridge for a launch, and the claims in it. */
  async launch(path: string, publicUrl: string) {
    const login = await this.login(path);
    const query = new URLSearchParams(authenticationRequest(login, publicUrl));
    const { action, fields } = readForm((await this.get(`/lti/authorize?${query}`)).body);
    return { login, action, fields, claims: fields.id_token ? readClaims(fields.id_token) : {} };
  }

  #remember(answer: Answer): Answer {
    const set = answer.headers['set-cookie']?.[0];
    if (set?.startsWith('sandbox_school=')) this.#cookie = set.split(';')[0]!;
    return answer;
  }
}

/** What the bridge asks for in answer to a login. */
export function authenticationRequest(
  login: Record<string, string>,
  publicUrl: string,
): Record<string, string> {
  return {
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: login.client_id ?? '',
    redirect_uri: `${publicUrl}/lti/launch`,
    nonce: 'nonce-1',
    state: 'state <"1">',
    login_hint: login.login_hint ?? '',
    lti_message_hint: login.lti_message_hint ?? '',
  };
}

export function readClaims(token: string): Record<string, any> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, any>;
}
