/** Requests that applications, operators and strangers send to a bridge, and a look into its tables. */
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import type { MessageDraft } from '../../server/sandbox/lms/message.js';
import { jest } from '@jest/globals';
import { codeOf, exchange, launch, resourceLaunch, type TestApplication, type World } from './world.js';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed text, or undefined where it is no JSON. */
  body: any;
}

export interface Sending {
  headers?: Record<string, string>;
  body?: string | Uint8Array | URLSearchParams;
}

export async function send(
  { bridge }: Pick<World, 'bridge'>,
  method: string,
  path: string,
  { headers, body }: Sending = {},
): Promise<Answer> {
  const response = await fetch(`${bridge.url}${path}`, { method, headers, body, redirect: 'manual' });
  return answerOf(response.status, response.headers, await response.text());
}

/**
 * A request that `fetch` would not send: any Host, any path, headers as they are written. It reaches a bridge in
 * production too, whose public address leads nowhere here.
 */
export async function sendRaw(
  { bridge }: Pick<World, 'bridge'>,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string | string[]>; body?: string } = {},
): Promise<Answer> {
  const { host } = new URL(bridge.url);
  const { port } = bridge.context.config;
  const request = httpRequest({
    hostname: '127.0.0.1',
    port,
    method,
    path,
    headers: { host, ...headers },
    agent: false,
  });
  request.end(body);
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const answered = new Headers();
  for (let i = 0; i < response.rawHeaders.length; i += 2)
    answered.append(response.rawHeaders[i], response.rawHeaders[i + 1]);
  return answerOf(response.statusCode, answered, Buffer.concat(chunks).toString('utf8'));
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status, headers, text, body };
}

export function basic(id: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

export function profile(world: Pick<World, 'bridge'>, accessToken: string): Promise<Answer> {
  return send(world, 'GET', '/api/v2/my/profile', { headers: bearer(accessToken) });
}

export function userinfo(world: Pick<World, 'bridge'>, accessToken: string): Promise<Answer> {
  return send(world, 'GET', '/oauth/userinfo', { headers: bearer(accessToken) });
}

/** A form with the application's own credentials. */
export function sendAs(
  world: Pick<World, 'bridge'>,
  application: Pick<TestApplication, 'id' | 'secret'>,
  path: string,
  parameters: Record<string, string>,
): Promise<Answer> {
  const all = { client_id: application.id, client_secret: application.secret, ...parameters };
  return send(world, 'POST', path, { body: new URLSearchParams(all) });
}

export function introspect(world: World, token: string, application = world.application): Promise<Answer> {
  return sendAs(world, application, '/oauth/introspect', { token });
}

export function revoke(world: World, token: string, application = world.application): Promise<Answer> {
  return sendAs(world, application, '/oauth/revoke', { token });
}

export interface Tokens {
  code: string;
  access_token: string;
  refresh_token: string;
  id_token: string;
  context: any;
}

/** Launches and exchanges the code. */
export async function signIn(
  world: Pick<World, 'bridge' | 'platform' | 'application'>,
  draft: MessageDraft = resourceLaunch(),
): Promise<Tokens> {
  const code = codeOf(await launch(world, draft));
  const { status, body } = await exchange(world, code);
  if (status !== 200) throw new Error(`not exchanged: ${status} ${JSON.stringify(body)}`);
  return { code, ...body };
}

/** Every row of every table, as text. */
export async function dumpDatabase({ bridge }: Pick<World, 'bridge'>): Promise<string> {
  const { knex } = bridge.context.database;
  const tables: string[] = await knex('sqlite_master').where({ type: 'table' }).pluck('name');
  const dumps = await Promise.all(
    tables.map(async (table) => `${table} ${JSON.stringify(await knex(table))}`),
  );
  return dumps.join('\n');
}

/**
 * Moves the time of this whole process: the authorization server's engine reads Date.now by itself. Timers and dates of
 * jose's own checks stay where they are.
 */
export class ProcessTime {
  #offset = 0;
  readonly #real = Date.now.bind(Date);
  readonly #spy = jest.spyOn(Date, 'now').mockImplementation(() => this.#real() + this.#offset);

  advance(seconds: number): void {
    this.#offset += seconds * 1_000;
  }

  reset(): void {
    this.#offset = 0;
  }

  restore(): void {
    this.#spy.mockRestore();
  }
}

export const day = 86_400;
