/**
 * The only way out: every request the bridge sends to another machine goes through here.
 *
 * Guards, in order: https only, no userinfo; the literal address judged (a lookup hook never sees literals); every
 * resolved address judged and the connection pinned to them; no redirects; a deadline for the whole exchange; a cap on the
 * body after decompression. EGRESS_ALLOW names the hosts for which private addresses and http are meant.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import ipaddr from 'ipaddr.js';
import { Agent, request, type Dispatcher } from 'undici';
import { BridgeError } from './errors.js';

export interface EgressRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  headers?: Record<string, string>;
  body?: string;
  /** Largest body that is read, in bytes, after decompression. */
  maxBytes?: number;
  /** Milliseconds until the whole exchange is given up. */
  timeoutMs?: number;
}

export interface EgressResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface Egress {
  /** @throws BridgeError `egress_blocked` (nothing was sent) or `lms_unreachable` (no usable answer came). */
  send(url: string, options?: EgressRequest): Promise<EgressResponse>;
  close(): Promise<void>;
}

export type Resolve = (host: string) => Promise<string[]>;

export interface EgressOptions {
  /** Hosts, `*.suffix` or `host:port`, that may be private, loopback or http. */
  allow: string[];
  resolve?: Resolve;
  /** For tests: takes the place of the network. */
  dispatcher?: Dispatcher;
}

const maxBytesDefault = 512 * 1024;
const timeoutDefault = 5_000;

export function createEgress(options: EgressOptions): Egress {
  const resolve = options.resolve ?? resolveSystem;
  const wayOut = (lookup: LookupFunction) =>
    options.dispatcher ?? new Agent({ connect: { timeout: timeoutDefault, lookup }, pipelining: 1 });
  // Two ways: a lookup does not know its port, and what is allowed of one port opens no other port of that host.
  const guarded = wayOut(guardedLookup(resolve));
  const allowed = wayOut(lookupOf((host) => addressesOf(host, resolve)));

  return {
    async send(
      address,
      { method = 'GET', headers = {}, body, maxBytes = maxBytesDefault, timeoutMs = timeoutDefault } = {},
    ) {
      const url = judgeUrl(address, options.allow);
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await request(url, {
          dispatcher: isAllowed(url, options.allow) ? allowed : guarded,
          method,
          signal,
          body: body ?? null,
          headers: { 'user-agent': 'lti-bridge', 'accept-encoding': 'gzip, deflate, br', ...headers },
        });
        return {
          status: answer.statusCode,
          headers: flatten(answer.headers),
          body: await readBody(answer, maxBytes, signal),
        };
      } catch (error) {
        if (error instanceof BridgeError) throw error;
        // The lookup's refusal arrives wrapped by the connector.
        const cause = (error as { cause?: unknown }).cause;
        if (cause instanceof BridgeError) throw cause;
        throw new BridgeError('lms_unreachable', { detail: `no answer from ${url.hostname}`, cause: error });
      }
    },
    async close() {
      await Promise.all([guarded.close(), allowed.close()]);
    },
  };
}

/**
 * The parsed address, if a request may leave for it as far as its text tells.
 * @throws BridgeError `egress_blocked`
 */
export function judgeUrl(address: string, allow: string[]): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw blocked('not a URL');
  }
  if (url.username || url.password) throw blocked('userinfo in the address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw blocked(`scheme ${url.protocol}`);
  if (isAllowed(url, allow)) return url;
  if (url.protocol !== 'https:') throw blocked('not https');
  const literal = bareHost(url.hostname);
  if (ipaddr.isValid(literal) && !isPublicAddress(literal)) throw blocked('private address');
  if (isLocalName(literal)) throw blocked('local name');
  return url;
}

/** True for an address on the public internet, IPv4 or IPv6, also when one is written inside the other. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  // All public IPv6 is in 2000::/3 (RFC 4291 section 2.4); range() says unicast of deprecated and unassigned blocks too.
  return parsed.kind() === 'ipv4' || ((parsed as ipaddr.IPv6).parts[0]! & 0xe000) === 0x2000;
}

/**
 * A lookup for sockets that answers judged addresses only, so that the connection is pinned to what was judged. A name
 * with one forbidden address among public ones is refused whole (DNS rebinding).
 */
export function guardedLookup(resolve: Resolve): LookupFunction {
  return lookupOf(async (host) => {
    const addresses = await addressesOf(host, resolve);
    if (!addresses.every(isPublicAddress)) throw blocked('name leads to a private address');
    return addresses;
  });
}

function lookupOf(find: Resolve): LookupFunction {
  return (host, lookupOptions, callback) => {
    find(host).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        if (lookupOptions.all) return callback(null, found);
        return callback(null, found[0]!.address, found[0]!.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

async function addressesOf(host: string, resolve: Resolve): Promise<string[]> {
  // RFC 6761 section 6.3: names under .localhost are loopback; Node asks the DNS all the same.
  const addresses = isLocalName(host) ? ['127.0.0.1'] : await resolve(host);
  if (addresses.length === 0) throw new BridgeError('lms_unreachable', { detail: `no address for ${host}` });
  return addresses;
}

async function resolveSystem(host: string): Promise<string[]> {
  const found = await systemLookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

function isAllowed({ hostname, port: written, protocol }: URL, allow: string[]): boolean {
  const port = written || (protocol === 'https:' ? '443' : '80');
  return allow.some((entry) => {
    const withPort = /^(.*[^:]|\[.*\]):(\d+)$/.exec(entry);
    if (withPort) return hostMatches(hostname, withPort[1]!) && withPort[2] === port;
    return hostMatches(hostname, entry);
  });
}

function hostMatches(hostname: string, entry: string): boolean {
  const host = bareHost(hostname).toLowerCase();
  const wanted = bareHost(entry).toLowerCase();
  return wanted.startsWith('*.')
    ? host.endsWith(wanted.slice(1)) && host.length > wanted.length - 1
    : host === wanted;
}

function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function isLocalName(host: string): boolean {
  const name = bareHost(host).toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost');
}

function blocked(detail: string): BridgeError {
  return new BridgeError('egress_blocked', { detail });
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value!]),
  );
}

async function readBody(
  answer: Dispatcher.ResponseData,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const decoder = decoderFor(answer);
  const stream = decoder ? answer.body.pipe(decoder) : answer.body;
  if (decoder) answer.body.on('error', (error) => decoder.destroy(error));
  const stop = () => stream.destroy(new Error('deadline'));
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += (chunk as Buffer).length;
      if (size > maxBytes) {
        throw new BridgeError('lms_unreachable', { detail: `the answer is larger than ${maxBytes} bytes` });
      }
      chunks.push(chunk as Buffer);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
    answer.body.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}

function decoderFor(answer: Dispatcher.ResponseData) {
  const encoding = String(answer.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  if (encoding === 'identity' || encoding === '') return undefined;
  // Nobody will read it, and an unread answer keeps its connection.
  answer.body.on('error', () => undefined).destroy();
  throw new BridgeError('lms_unreachable', { detail: 'the answer is encoded in an unknown way' });
}
