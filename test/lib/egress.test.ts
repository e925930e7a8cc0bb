/**
 * The way out, judged from outside: which addresses a request may leave for, and what a hostile answer may cost.
 * No request of these tests leaves the machine: names are resolved by the tests, and addresses elsewhere are judged only.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MockAgent } from 'undici';
import {
  createEgress,
  guardedLookup,
  isPublicAddress,
  judgeUrl,
  type Egress,
  type EgressOptions,
  type EgressRequest,
} from '../../server/lib/egress.js';
import { BridgeError } from '../../server/lib/errors.js';

const publicAddress = '93.184.216.34';
const developmentAllow = ['localhost', '127.0.0.1', '[::1]', '*.localhost'];

/** The code of the refusal, or what came instead. */
async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    (answer) => `answered ${JSON.stringify(answer)}`,
    (error: unknown) => (error instanceof BridgeError ? error.code : String(error)),
  );
}

function judged(address: string, allow: string[] = []): string {
  try {
    return judgeUrl(address, allow).href;
  } catch (error) {
    return (error as BridgeError).code;
  }
}

// --- a listener on loopback that must stay alone, or misbehaves on demand

let server: Server;
let port: number;
let connections = 0;
let answerBy: RequestListener = (_request, response) => response.end('{}');

beforeAll(async () => {
  server = createServer((request, response) => answerBy(request, response));
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const opened: Egress[] = [];
afterEach(async () => {
  server.closeAllConnections();
  await Promise.all(opened.splice(0).map((egress) => egress.close()));
});

function egressFor(options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({ allow: [], resolve: async () => [publicAddress], ...options });
  opened.push(egress);
  return egress;
}

const loopback = [
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0x7F.0x0.0x0.0x1',
  '0177.0.0.1',
  '017700000001',
  '00000177.1',
  '%31%32%37.0.0.1',
  '１２７.０.０.１',
  '127。0。0。1',
  '0',
  '0.0.0.0',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000::0001]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'lms.localhost',
  'LMS.LocalHost',
  'a.b.localhost.',
  'ｌｏｃａｌｈｏｓｔ',
  'loc\tal\nhost',
];

const elsewherePrivate = [
  '10.0.0.1',
  '10.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '0xc0a80101',
  '169.254.169.254',
  '2852039166',
  '100.64.0.1',
  '0.1.2.3',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.7',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::10.0.0.1]',
  '[64:ff9b::a00:1]',
  '[64:ff9b:1::1]',
  '[2001:db8::1]',
  '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
  '[100::1]',
  '[3fff::1]',
  '[4000::1]',
  '[5f00::1]',
];

const otherwiseWrong = [
  'http://lms.example/keys',
  'HTTP://lms.example/',
  'http://lms.example:443/',
  'ftp://lms.example/',
  'file:///etc/passwd',
  'gopher://lms.example:70/x',
  'data:application/json,{}',
  'javascript:alert(1)',
  'ws://lms.example/',
  'blob:https://lms.example/1',
  'https://user@lms.example/',
  'https://user:secret@lms.example/',
  'https://:secret@lms.example/',
  'https://lms.example@127.0.0.1/',
  '//lms.example/',
  '/keys',
  'lms.example',
  'https://',
  'https://lms.example:99999/',
  'https://[::1',
  'https://[fe80::1%25eth0]/',
  'https://a b/',
  'https://999.1.1.1/',
  'https://1.2.3.4.5/',
  '',
];

describe('an address is refused and nothing is sent', () => {
  const withPort = (hosts: string[]) =>
    hosts.flatMap((host) => [[`https://${host}/`], [`https://${host}:8443/keys?x=1#y`]]);

  it.each([...withPort(loopback), ...withPort(elsewherePrivate), ...otherwiseWrong.map((url) => [url])])(
    '%j',
    async (url) => {
      const dispatcher = new MockAgent();
      dispatcher.disableNetConnect();
      let dispatched = 0;
      const dispatch = dispatcher.dispatch.bind(dispatcher);
      dispatcher.dispatch = (...call) => ((dispatched += 1), dispatch(...call));

      expect(await refusal(egressFor({ dispatcher }).send(url))).toBe('egress_blocked');
      expect(dispatched).toBe(0);
    },
  );

  it('when it spells this machine, with a listener that would have noticed', async () => {
    connections = 0;
    const egress = egressFor();
    for (const host of loopback)
      expect([host, await refusal(egress.send(`https://${host}:${port}/`))]).toEqual([
        host,
        'egress_blocked',
      ]);
    expect(connections).toBe(0);
  });
});

describe('an address is let through', () => {
  it.each([
    ['https://lms.example/keys', 'https://lms.example/keys'],
    ['https://lms.example:8443/', 'https://lms.example:8443/'],
    ['HTTPS://LMS.Example/', 'https://lms.example/'],
    ['https://lms.example./', 'https://lms.example./'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://localhost.example/', 'https://localhost.example/'],
    ['https://notlocalhost/', 'https://notlocalhost/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://172.32.0.1/', 'https://172.32.0.1/'],
    ['https://100.128.0.1/', 'https://100.128.0.1/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://[::ffff:8.8.8.8]/', 'https://[::ffff:808:808]/'],
    ['https://lms.example\\@127.0.0.1/', 'https://lms.example/@127.0.0.1/'],
    ['https://lms.example/?to=http://127.0.0.1@x', 'https://lms.example/?to=http://127.0.0.1@x'],
  ])('%s', (url, href) => {
    expect(judged(url)).toBe(href);
  });
});

describe('EGRESS_ALLOW', () => {
  it.each([
    ['http://localhost:3000/', developmentAllow, true],
    ['http://127.0.0.1:1/', developmentAllow, true],
    ['http://2130706433/', developmentAllow, true],
    ['http://[::1]/', developmentAllow, true],
    ['http://lms.localhost/', developmentAllow, true],
    ['http://deep.lms.localhost./', developmentAllow, true],
    ['http://127.0.0.2/', developmentAllow, false],
    ['http://10.0.0.1/', developmentAllow, false],
    ['http://localhost.evil.example/', developmentAllow, false],
    ['http://user@localhost/', developmentAllow, false],
    ['file://localhost/etc/passwd', developmentAllow, false],
    ['http://lms.internal/', ['lms.internal'], true],
    ['http://LMS.INTERNAL/', ['lms.internal'], true],
    ['http://lms.internal/', ['LMS.internal'], true],
    ['https://lms.internal:9/', ['lms.internal'], true],
    ['http://x.lms.internal/', ['lms.internal'], false],
    ['http://xlms.internal/', ['lms.internal'], false],
    ['http://lms.internal/', ['*.lms.internal'], false],
    ['http://x.lms.internal/', ['*.lms.internal'], true],
    ['http://10.0.0.7:8080/', ['10.0.0.7:8080'], true],
    ['http://10.0.0.7:8081/', ['10.0.0.7:8080'], false],
    ['http://10.0.0.7/', ['10.0.0.7:80'], true],
    ['https://10.0.0.7/', ['10.0.0.7:443'], true],
    ['https://10.0.0.7/', ['10.0.0.7:80'], false],
    ['http://[::1]:3000/', ['[::1]:3000'], true],
    ['http://[::1]:3001/', ['[::1]:3000'], false],
    ['http://[::1]:3001/', ['::1'], true],
  ])('%s with %j: %s', (url, allow, isAllowed) => {
    expect(judged(url, allow) !== 'egress_blocked').toBe(isAllowed);
  });

  it('opens one port of a name and no other', async () => {
    connections = 0;
    const egress = egressFor({ allow: [`lms.internal:${port}`], resolve: async () => ['127.0.0.1'] });
    expect(await egress.send(`http://lms.internal:${port}/`)).toMatchObject({ status: 200 });
    expect(connections).toBe(1);

    const other = egressFor({ allow: ['lms.internal:1'], resolve: async () => ['127.0.0.1'] });
    expect(await refusal(other.send(`https://lms.internal:${port}/`))).toBe('egress_blocked');
    expect(connections).toBe(1);
  });

  it('does not lend the rights of an address to the names that lead there', async () => {
    const egress = egressFor({ allow: developmentAllow, resolve: async () => ['127.0.0.1'] });
    expect(await refusal(egress.send(`https://evil.example:${port}/`))).toBe('egress_blocked');
  });

  it('finds names under .localhost without asking anybody', async () => {
    const asked: string[] = [];
    const egress = egressFor({
      allow: developmentAllow,
      resolve: async (host) => (asked.push(host), [publicAddress]),
    });
    expect(await egress.send(`http://lms.localhost:${port}/`)).toMatchObject({ status: 200, body: '{}' });
    expect(asked).toEqual([]);
  });
});

describe('a name', () => {
  it.each([
    ['that leads to this machine', ['127.0.0.1']],
    ['that leads to the cloud metadata service', ['169.254.169.254']],
    ['that leads to a private network', ['10.1.2.3']],
    ['that leads to IPv6 loopback', ['::1']],
    ['that leads to a mapped address', ['::ffff:127.0.0.1']],
    ['with a public and a private address', [publicAddress, '127.0.0.1']],
    ['with a private and a public address', ['127.0.0.1', publicAddress]],
    ['with a public IPv4 and a private IPv6 address', [publicAddress, 'fd00::1']],
    ['that leads to no address at all', ['not an address']],
  ])('%s is refused', async (_title, addresses) => {
    connections = 0;
    const egress = egressFor({ resolve: async () => addresses });
    expect(await refusal(egress.send(`https://lms.example:${port}/`))).toBe('egress_blocked');
    expect(connections).toBe(0);
  });

  it('that does not resolve is an LMS that does not answer', async () => {
    expect(await refusal(egressFor({ resolve: async () => [] }).send('https://lms.example/'))).toBe(
      'lms_unreachable',
    );
    const failing = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND lms.example'), { code: 'ENOTFOUND' });
    };
    expect(await refusal(egressFor({ resolve: failing }).send('https://lms.example/'))).toBe(
      'lms_unreachable',
    );
  });

  it('is resolved once for a connection, which goes to what was judged, and judged again for the next one', async () => {
    const answers = [[publicAddress], ['127.0.0.1']];
    let asked = 0;
    const lookup = guardedLookup(async () => answers[asked++]!);
    const connect = () =>
      new Promise<unknown>((resolve) =>
        lookup('rebinding.example', { all: true }, (error, found) => resolve(error ?? found)),
      );

    expect(await connect()).toEqual([{ address: publicAddress, family: 4 }]);
    expect(asked).toBe(1);
    expect(await connect()).toMatchObject({ code: 'egress_blocked' });
  });

  it('gives one address where one is wanted, and tells its family', async () => {
    const lookup = guardedLookup(async () => ['2606:4700::1111', publicAddress]);
    const [error, address, family] = await new Promise<unknown[]>((resolve) =>
      lookup('lms.example', {}, (...found) => resolve(found)),
    );
    expect([error, address, family]).toEqual([null, '2606:4700::1111', 6]);
  });
});

describe('a public address', () => {
  it.each(['1.1.1.1', '8.8.8.8', publicAddress, '2606:4700::1111', '2a00:1450:4001::5', '::ffff:8.8.8.8'])(
    'is %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
  it.each(['', 'localhost', '::808:808', 'fe80::1%eth0', '4000::1', 'e000::1', '::ffff:10.0.0.1'])(
    'is not %j',
    (address) => expect(isPublicAddress(address)).toBe(false),
  );
});

describe('an answer', () => {
  const send = (options?: EgressRequest) =>
    egressFor({ allow: ['127.0.0.1'] }).send(`http://127.0.0.1:${port}/path?secret=1`, options);
  /** What `send` throws. */
  const failure = async (options?: EgressRequest) =>
    send(options).then(
      (answer) => ({ code: `answered ${answer.status}`, detail: '' }),
      (error: BridgeError) => error,
    );

  it('comes with status, headers and text, whatever the status', async () => {
    answerBy = (_request, response) => {
      response.writeHead(418, { 'X-One': 'a', Link: ['<a>; rel="next"', '<b>; rel="prev"'] });
      response.end('short and stout');
    };
    expect(await send()).toMatchObject({
      status: 418,
      headers: { 'x-one': 'a', link: '<a>; rel="next", <b>; rel="prev"' },
      body: 'short and stout',
    });
  });

  it('follows what was sent: method, headers, body, and who is calling', async () => {
    answerBy = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end(
        JSON.stringify({
          method: request.method,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    };
    const { body } = await send({ method: 'POST', headers: { 'content-type': 'text/x' }, body: 'ö' });
    expect(JSON.parse(body)).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'text/x', 'user-agent': 'lti-bridge' },
      body: 'ö',
    });
  });

  it.each([301, 302, 303, 307, 308])('that redirects (%i) is not followed', async (status) => {
    let requests = 0;
    answerBy = (_request, response) => {
      requests += 1;
      response.writeHead(status, { Location: `http://127.0.0.1:${port}/private` });
      response.end();
    };
    expect(await send()).toMatchObject({ status });
    expect(requests).toBe(1);
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['GZIP', gzipSync],
    ['identity', (text: Buffer) => text],
  ])('in %s is read, and cut off by its size after decompression', async (encoding, compress) => {
    let text = '{"keys":[]}';
    answerBy = (_request, response) => {
      response.setHeader('Content-Encoding', encoding);
      response.end(compress(Buffer.from(text)));
    };
    expect(await send()).toMatchObject({ body: text });
    text = '0'.repeat(20_000_000);
    expect(await failure()).toMatchObject({
      code: 'lms_unreachable',
      detail: expect.stringContaining('larger'),
    });
  });

  it('is cut off at the size that the caller gives, not before', async () => {
    answerBy = (_request, response) => response.end('x'.repeat(1_000));
    expect(await send({ maxBytes: 1_000 })).toMatchObject({ status: 200 });
    expect(await refusal(send({ maxBytes: 999 }))).toBe('lms_unreachable');
  });

  it('that never ends is cut off', async () => {
    answerBy = (_request, response) => {
      const more = () => response.destroyed || response.write('x'.repeat(65_536), more);
      more();
    };
    expect(await refusal(send())).toBe('lms_unreachable');
  });

  it.each([
    ['whose compression is broken', 'gzip'],
    ['in an encoding that nobody asked for', 'zstd'],
    ['in one encoding on top of another', 'gzip, gzip'],
  ])('%s is no answer, and leaves no connection open', async (_title, encoding) => {
    answerBy = (_request, response) => {
      response.setHeader('Content-Encoding', encoding);
      response.write('no such thing');
    };
    const closed = new Promise((resolve) =>
      server.once('connection', (socket) => socket.once('close', resolve)),
    );
    // The deadline is far away: the connection has to go with the refusal.
    expect(await refusal(send({ timeoutMs: 3_600_000 }))).toBe('lms_unreachable');
    await closed;
  });

  it.each<[string, RequestListener]>([
    ['that never begins', () => undefined],
    ['that stops after its headers', (_request, response) => response.flushHeaders()],
    ['that stops in the middle', (_request, response) => response.write('{"keys":')],
    [
      'that stops in the middle of its compression',
      (_request, response) => {
        response.setHeader('Content-Encoding', 'gzip');
        response.write(gzipSync('x'.repeat(100_000)).subarray(0, 20));
      },
    ],
  ])('%s is given up at the deadline', async (_title, listener) => {
    answerBy = listener;
    expect(await refusal(send({ timeoutMs: 100 }))).toBe('lms_unreachable');
  });

  it('that trickles in is given up at the deadline all the same', async () => {
    answerBy = (_request, response) => {
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    };
    expect(await refusal(send({ timeoutMs: 150 }))).toBe('lms_unreachable');
  });

  it.each<[string, RequestListener]>([
    ['that breaks off', (request) => request.socket.destroy()],
    ['that is no HTTP', (request) => request.socket.end('hello\r\n\r\n')],
    [
      'with headers without end',
      (_request, response) => {
        for (let i = 0; i < 90; i += 1) response.setHeader(`x-${i}`, 'y'.repeat(1_000));
        response.end();
      },
    ],
  ])('%s is no answer', async (_title, listener) => {
    answerBy = listener;
    expect(await failure()).toMatchObject({ code: 'lms_unreachable', detail: 'no answer from 127.0.0.1' });
  });

  it('from nobody names the host and nothing else of the address', async () => {
    const egress = egressFor({ allow: ['127.0.0.1'] });
    const error = await egress
      .send('http://127.0.0.1:1/path?secret=1')
      .catch((thrown: BridgeError) => thrown);
    expect(error).toMatchObject({ code: 'lms_unreachable', detail: 'no answer from 127.0.0.1' });
  });
});
