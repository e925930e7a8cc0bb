/** A bridge as in production: its public address is https, and a proxy that speaks TLS would stand before it. */
import { randomBytes } from 'node:crypto';
import type { Environment } from '../../server/config.js';
import { startBridge, type TestBridge } from './bridge.js';
import { sendRaw, type Answer } from './requests.js';

export interface ProductionBridge {
  bridge: TestBridge;
  /** Calls the operator's API. */
  admin(method: string, path: string, body?: unknown): Promise<Answer>;
}

export async function startProduction(environment: Environment = {}): Promise<ProductionBridge> {
  const bridge = await startBridge({
    PUBLIC_URL: 'https://bridge.example',
    HOST: '127.0.0.1',
    NODE_ENV: 'production',
    SANDBOX: undefined,
    SECRET_KEY: randomBytes(32).toString('hex'),
    ADMIN_TOKEN: randomBytes(32).toString('base64url'),
    ...environment,
  });
  return {
    bridge,
    admin: (method, path, body) =>
      sendRaw({ bridge }, method, `/admin/api/${path}`, {
        headers: {
          authorization: `Bearer ${bridge.context.config.adminToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
  };
}
