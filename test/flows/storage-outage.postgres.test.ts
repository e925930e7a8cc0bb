/**
 * PostgreSQL gone, or there and silent: every request is answered within seconds, each caller in its own words, and all
 * is well again as soon as the database is.
 */
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newPostgres } from '../support/databases.js';
import {
  codeOf,
  exchange,
  launch,
  refresh,
  refusalOf,
  resourceLaunch,
  startWorld,
  type World,
} from '../support/world.js';

/** A wire to the database that can be cut, or go silent. */
class Wire {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  state: 'whole' | 'cut' | 'silent' = 'whole';

  constructor(host: string, port: number) {
    this.#server = createServer((near) => {
      this.#keep(near);
      if (this.state === 'cut') return near.destroy();
      const far = connectSocket(port, host);
      this.#keep(far);
      near.on('data', (chunk) => this.state === 'whole' && far.write(chunk));
      far.on('data', (chunk) => this.state === 'whole' && near.write(chunk));
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
      return undefined;
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  set(state: 'whole' | 'cut' | 'silent'): void {
    this.state = state;
    if (state !== 'silent') for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.set('cut');
    this.#server.close();
    await once(this.#server, 'close');
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

let world: World;
let wire: Wire;
beforeAll(async () => {
  const url = new URL(await newPostgres());
  wire = new Wire(url.hostname, Number(url.port));
  const behindWire = new URL(url);
  behindWire.hostname = '127.0.0.1';
  behindWire.port = String(await wire.listen());
  world = await startWorld({ environment: { DATABASE_URL: behindWire.href } });
}, 60_000);
afterAll(async () => {
  wire.set('whole');
  await world.stop();
  await wire.close();
});

describe.each(['cut', 'silent'] as const)('while the wire to the database is %s', (state) => {
  it('a launch ends in a calm page, an exchange and an API call in their own words, all with Retry-After', async () => {
    const before = await exchange(world, codeOf(await launch(world, resourceLaunch())));
    const exchangeable = codeOf(await launch(world, resourceLaunch()));
    // Cut after the login, so that the launch itself meets the outage.
    const page = await launch(world, resourceLaunch(), { afterLogin: () => wire.set(state) });
    expect([page.status, refusalOf(page)]).toEqual([503, 'storage_unavailable']);
    expect(page.headers.get('retry-after')).toBe('5');

    const [token, enveloped, profile, ready, health] = await Promise.all([
      exchange(world, exchangeable),
      exchange(world, exchangeable, { path: '/api/authentication/token', json: true }),
      fetch(`${world.bridge.url}/api/v2/my/profile`, {
        headers: { authorization: `Bearer ${before.body.access_token}` },
      }),
      fetch(`${world.bridge.url}/readyz`),
      fetch(`${world.bridge.url}/healthz`),
    ]);
    expect([token.status, token.body.error]).toEqual([503, 'temporarily_unavailable']);
    expect(token.headers.get('retry-after')).not.toBeNull();
    expect(enveloped.status).toBe(503);
    expect(enveloped.body).toMatchObject({
      $errors: [{ code: expect.any(String) }],
      $request: expect.any(String),
    });
    expect(profile.status).toBe(503);
    expect(await profile.json()).toMatchObject({ $errors: [{ code: 'INTERNAL' }] });
    expect(ready.status).toBe(503);
    expect(health.status).toBe(200);
  }, 40_000);

  it('and afterwards everything works again', async () => {
    wire.set('whole');
    // Connections that died with the wire are found out one by one; within five seconds none is left.
    const deadline = Date.now() + 5_000;
    while ((await fetch(`${world.bridge.url}/readyz`)).status !== 200 && Date.now() < deadline);
    const { body } = await exchange(world, codeOf(await launch(world, resourceLaunch())));
    expect(body.context.version).toBe(2);
    expect((await refresh(world, body.refresh_token)).status).toBe(200);
    expect((await fetch(`${world.bridge.url}/readyz`)).status).toBe(200);
  }, 40_000);
});
