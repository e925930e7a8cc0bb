/** One HTTP request as it is written: any Host, headers of any size, nothing followed. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Page } from '../../support/browser.js';

export async function sendAsWritten(
  port: number,
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Page> {
  const request = httpRequest({
    hostname: '127.0.0.1',
    port,
    method,
    path,
    headers: { host: `localhost:${port}`, 'content-length': String(Buffer.byteLength(body)), ...headers },
    agent: false,
    maxHeaderSize: 1024 * 1024,
  });
  request.end(body);
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const answered = new Headers();
  for (let i = 0; i < response.rawHeaders.length; i += 2)
    answered.append(response.rawHeaders[i], response.rawHeaders[i + 1]);
  return {
    status: response.statusCode,
    headers: answered,
    location: answered.get('location') ?? undefined,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

export const asForm = { 'content-type': 'application/x-www-form-urlencoded' };
