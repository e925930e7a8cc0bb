/** An application's page on a site of its own: takes its code, and posts what a test tells it to post. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PickerApplication {
  redirectUri: string;
  origin: string;
  /** The codes that came, the newest last. */
  codes: string[];
  close(): Promise<void>;
}

/** @param host a name that leads to this machine and is another site than the LMS and the bridge */
export async function startPicker(host = 'picker.localhost'): Promise<PickerApplication> {
  const codes: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://picker');
    const code = url.searchParams.get('code');
    if (code) codes.push(code);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    // Errors of the bridge are gathered where a test can read them.
    response.end(`<!doctype html><html lang="en"><title>Picker</title><h1>Picker</h1>
<script>window.heard = []; addEventListener('message', (event) => heard.push({ origin: event.origin, data: event.data }));</script>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    redirectUri: `${origin}/callback`,
    codes,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
