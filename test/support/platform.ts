/**
 * The sandbox's simulated platform on a server of its own, as a real LMS would stand elsewhere: its key set counts the
 * requests for it and can misbehave, its authorization endpoint answers as an LMS does.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  SimulatedPlatform,
  generatePlatformKey,
  type AuthenticationResponse,
  type SimulatedPlatformOptions,
} from '../../server/sandbox/lms/platform.js';

export type KeySetHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What differs from the defaults; the issuer is the server's own origin unless one is given. */
export type TestPlatformOptions = Pick<SimulatedPlatformOptions, 'toolLaunchUrl'> &
  Partial<SimulatedPlatformOptions>;

/** The body of `POST /admin/api/platforms`, without its application. */
export interface PlatformRegistration {
  issuer: string;
  client_id: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
}

export interface TestPlatform {
  readonly platform: SimulatedPlatform;
  /** Where its server listens. */
  readonly origin: string;
  readonly keySetRequests: number;
  /** Answers for the key set from now on; undefined brings the right answer back. */
  answerKeySetBy(handler: KeySetHandler | undefined): void;
  registration(): PlatformRegistration;
  close(): Promise<void>;
}

export async function startPlatform(options: TestPlatformOptions): Promise<TestPlatform> {
  const keys = options.keys ?? [await generatePlatformKey()];
  let keySetRequests = 0;
  let keySetHandler: KeySetHandler | undefined;

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.statusCode = 400;
      response.end(`<!doctype html><title>Refused</title><h1>${escapeHtml(String(error))}</h1>`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const platform = new SimulatedPlatform({
    issuer: origin,
    endpointOrigin: origin,
    clientId: 'test-client',
    deploymentId: 'test-deployment',
    ...options,
    keys,
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    if (url.pathname === '/lti/keys') {
      keySetRequests += 1;
      if (keySetHandler) return keySetHandler(request, response);
      return send(response, 'application/json', JSON.stringify(platform.jwks()));
    }
    if (url.pathname === '/lti/authorize') {
      const params =
        request.method === 'POST' ? new URLSearchParams(await readText(request)) : url.searchParams;
      const answered = await platform.authorize(asRecord(params));
      // A test without a browser asks for the form as data.
      if (request.headers.accept?.includes('application/json')) {
        return send(response, 'application/json', JSON.stringify(answered));
      }
      return send(response, 'text/html; charset=utf-8', formPage(answered));
    }
    if (url.pathname === '/submit.js')
      return send(response, 'text/javascript', 'document.forms[0].submit();');
    response.statusCode = 404;
    response.end();
  }

  return {
    platform,
    origin,
    get keySetRequests() {
      return keySetRequests;
    },
    answerKeySetBy(handler) {
      keySetHandler = handler;
    },
    registration: () => ({
      issuer: platform.issuer,
      client_id: platform.clientId,
      authorization_endpoint: platform.authorizationEndpoint,
      token_endpoint: platform.tokenEndpoint,
      jwks_uri: platform.jwksUri,
    }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The page by which an LMS makes the browser post (OAuth 2.0 Form Post Response Mode 1.0). */
export function formPage({ redirectUri, fields }: AuthenticationResponse): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Opening</title></head>
<body>
<form method="post" action="${escapeHtml(redirectUri)}">${inputs.join('')}<noscript><button>Continue</button></noscript></form>
<script src="/submit.js"></script>
</body>
</html>`;
}

function send(response: ServerResponse, type: string, body: string): void {
  response.setHeader('Content-Type', type);
  response.end(body);
}

/** As web frameworks read a form: a name that comes twice becomes a list. */
function asRecord(params: URLSearchParams): Record<string, unknown> {
  const names = new Set(params.keys());
  return Object.fromEntries(
    Array.from(names, (name) => {
      const values = params.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
