/**
 * A small OAuth and OpenID Connect server that stands where the bridge stands, so that the demonstration application is
 * tested alone. test/flows/ runs it against the bridge itself.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';

export interface Asked {
  path: string;
  authorization: string | undefined;
  form: Record<string, string>;
}

export async function startAuthorizationServer(clientId: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' };
  const codes = new Set<string>();
  const asked: Asked[] = [];
  let issued = 0;
  let idTokenIssuer: string | undefined;

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', issuer).pathname;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    asked.push({ path, authorization: request.headers.authorization, form });
    const say = (body: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (path === '/.well-known/openid-configuration') {
      return say({
        issuer,
        authorization_endpoint: `${issuer}/oauth/authorize`,
        token_endpoint: `${issuer}/oauth/token`,
        jwks_uri: `${issuer}/oauth/jwks`,
        userinfo_endpoint: `${issuer}/oauth/userinfo`,
        authorization_response_iss_parameter_supported: true,
      });
    }
    if (path === '/oauth/jwks') return say({ keys: [publicJwk] });
    if (path === '/oauth/token') {
      if (form.grant_type === 'authorization_code' && !codes.delete(form.code ?? '')) {
        return say({ error: 'invalid_grant', error_description: 'grant request is invalid' }, 400);
      }
      return say(await tokens(form.grant_type === 'authorization_code'));
    }
    if (path === '/oauth/userinfo') return say({ sub: 'person-1', locale: 'en-GB' });
    if (path === '/api/v2/my/profile') return say({ $data: { id: 'person-1', first_name: 'Ada' } });
    return say({ error: 'not_found' }, 404);
  }

  async function tokens(first: boolean): Promise<Record<string, unknown>> {
    issued += 1;
    const answer = { access_token: `access-token-${issued}`, token_type: 'Bearer', expires_in: 3600 };
    if (!first) return { ...answer, refresh_token: 'refresh-token-1' };
    const idToken = await new SignJWT({
      name: 'Ada <b>Sample</b>',
      given_name: 'Ada',
      email: 'ada@school.example',
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'key-1' })
      .setIssuer(idTokenIssuer ?? issuer)
      .setAudience(clientId)
      .setSubject('person-1')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
    const context = {
      version: 2,
      intent: 'assignment',
      class: { id: 'class-1', name: 'Biology' },
      assignment: { id: 'assignment-1', title: 'Quiz: parts of a cell' },
      lti: { roles: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor'] },
    };
    return { ...answer, refresh_token: 'refresh-token-1', id_token: idToken, context };
  }

  return {
    issuer,
    asked,
    newCode(): string {
      const code = `code-${codes.size + 1}-${issued}`;
      codes.add(code);
      return code;
    },
    sayIssuerOfIdTokens(other: string | undefined) {
      idTokenIssuer = other;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
