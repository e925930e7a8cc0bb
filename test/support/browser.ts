/** A browser as far as HTTP goes: cookies per host, no redirect followed unless asked. */

export interface Page {
  status: number;
  headers: Headers;
  location: string | undefined;
  text: string;
}

export class TestBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #isReturning: boolean;

  /** @param options.isReturning false: a browser that was never here, which gets the page that looks for storages first */
  constructor(options: { isReturning?: boolean } = {}) {
    this.#isReturning = options.isReturning ?? true;
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#send(url, { method: 'GET', headers });
  }

  async post(url: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
    return this.#send(url, { method: 'POST', body: new URLSearchParams(form), headers });
  }

  cookiesOf(url: string): Map<string, string> {
    const { host } = new URL(url);
    const known = this.#cookies.get(host) ?? new Map(this.#isReturning ? [['lti_probe', '1']] : []);
    this.#cookies.set(host, known);
    return known;
  }

  async #send(url: string, init: RequestInit & { headers: Record<string, string> }): Promise<Page> {
    const jar = this.cookiesOf(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = cookie ? { cookie, ...init.headers } : init.headers;
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) remember(jar, line);
    return {
      status: response.status,
      headers: response.headers,
      location: response.headers.get('location') ?? undefined,
      text: await response.text(),
    };
  }
}

function remember(jar: Map<string, string>, line: string): void {
  const [pair, ...attributes] = line.split(';').map((part) => part.trim());
  const [name, value] = [pair!.slice(0, pair!.indexOf('=')), pair!.slice(pair!.indexOf('=') + 1)];
  const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice(8);
  if (value === '' || (expires && Date.parse(expires) <= Date.now())) jar.delete(name);
  else jar.set(name, value);
}
