/** Several processes of the bridge on one database, as an operator runs them, behind one public address. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../server/config.js';
import { freePort } from './bridge.js';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface BridgeProcesses {
  /** The one address they all answer for. */
  url: string;
  adminToken: string;
  count: number;
  /** Sends a request to one of the processes, under the public host name. */
  send(
    index: number,
    method: string,
    path: string,
    options?: { form?: Record<string, string>; json?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** kill -9, without a chance to say goodbye. */
  kill(index: number): void;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

export async function startProcesses(count: number, environment: Environment): Promise<BridgeProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'lti-bridge-processes-'));
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const url = `http://localhost:${ports[0]}`;
  const adminToken = 'operator-of-the-processes-of-a-test';
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const started = ports.map((port) =>
    start({
      ...environment,
      PORT: String(port),
      PUBLIC_URL: url,
      DATA_DIR: folder,
      ADMIN_TOKEN: adminToken,
      SANDBOX: 'false',
      LOG_LEVEL: 'info',
      RATE_LIMIT_LOGINS: '1000000',
    }),
  );
  const children = await Promise.all(started);
  return {
    url,
    adminToken,
    count,
    send: (index, method, path, options = {}) =>
      send(agent, ports[index]!, new URL(url).host, method, path, options),
    kill(index) {
      children[index]!.kill('SIGKILL');
    },
    async stop() {
      agent.destroy();
      await Promise.all(children.map(stop));
    },
  };
}

/** Resolves when the process says that it listens; its output is shown only when it does not get there. */
async function start(environment: Environment): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'server/index.ts')], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('"event":"listening"')) resolve();
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.once('exit', (code) => reject(new Error(`the bridge ended with ${code}:\n${output}`)));
  });
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}

function send(
  agent: Agent,
  port: number,
  host: string,
  method: string,
  path: string,
  {
    form,
    json,
    headers = {},
  }: { form?: Record<string, string>; json?: unknown; headers?: Record<string, string> },
): Promise<Answer> {
  const body = form
    ? new URLSearchParams(form).toString()
    : json === undefined
      ? undefined
      : JSON.stringify(json);
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: {
          host,
          ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode!,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
