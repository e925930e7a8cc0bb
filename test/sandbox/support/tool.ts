/** A tool that answers deep-linking requests: a key set on a server, and answers that can be wrong in any one way. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { claim } from '../../../server/sandbox/lms/vocabulary.js';
import {
  generatePlatformKey,
  signCompact,
  type PlatformKey,
} from '../../../server/sandbox/lms/platform-key.js';

export interface TestTool {
  url: string;
  key: PlatformKey;
  close(): Promise<void>;
}

export async function startTool(): Promise<TestTool> {
  const key = await generatePlatformKey();
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/lti/keys' ? 200 : 404;
    response.end(JSON.stringify({ keys: [key.publicJwk] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface Asked {
  issuer: string;
  clientId: string;
  deploymentId: string;
  data: string | undefined;
}

/** The claims of a right answer. */
export function answerClaims(asked: Asked, items: unknown[]): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1_000);
  return {
    iss: asked.clientId,
    aud: asked.issuer,
    iat: now,
    exp: now + 300,
    nonce: `nonce-${Math.random()}`,
    [claim.messageType]: 'LtiDeepLinkingResponse',
    [claim.version]: '1.3.0',
    [claim.deploymentId]: asked.deploymentId,
    [claim.deepLinkingData]: asked.data,
    [claim.deepLinkingItems]: items,
  };
}

export function signAnswer(
  key: PlatformKey,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  return signCompact({ typ: 'JWT', alg: 'RS256', kid: key.kid, ...header }, claims, key);
}
