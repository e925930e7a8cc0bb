/**
 * An LMS page that opens a launch in a frame, on a site of its own, and keeps values for tools as LTI platform storage
 * says, or says that it does and stays silent. It shows what is posted to its deep-linking return address.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SimulatedPlatform, generatePlatformKey } from '../../server/sandbox/lms/platform.js';
import type { MessageDraft } from '../../server/sandbox/lms/message.js';
import { formPage } from './platform.js';

/** How the LMS's page behaves when a tool asks it to keep something. */
export type StorageBehaviour = 'none' | 'parent' | 'named frame' | 'silent' | 'late';

export interface FrameLms {
  platform: SimulatedPlatform;
  origin: string;
  /** The address of a page that launches `draft` in a frame. */
  page(draft: MessageDraft, storage: StorageBehaviour): string;
  /** The JWTs that came to the return address, with the frame they came from being this one's. */
  returned: string[];
  returnUrl: string;
  registration(): Record<string, string>;
  close(): Promise<void>;
}

export async function startFrameLms(bridgeUrl: string): Promise<FrameLms> {
  const pages = new Map<string, { draft: MessageDraft; storage: StorageBehaviour }>();
  const returned: string[] = [];
  const server = createServer((request, response) => {
    void answer(request).then((text) => {
      response.setHeader(
        'Content-Type',
        request.url?.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8',
      );
      response.end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const platform = new SimulatedPlatform({
    issuer: origin,
    clientId: 'frame-client',
    deploymentId: 'frame-deployment',
    toolLaunchUrl: `${bridgeUrl}/lti/launch`,
    keys: [await generatePlatformKey()],
  });

  async function answer(request: IncomingMessage): Promise<string> {
    const url = new URL(request.url ?? '/', origin);
    if (url.pathname === '/lti/keys') return JSON.stringify(platform.jwks());
    if (url.pathname === '/lti/authorize')
      return formPage(await platform.authorize(Object.fromEntries(url.searchParams)));
    if (url.pathname === '/submit.js') return 'document.forms[0].submit();';
    if (url.pathname === '/storage.js') return storageScript;
    if (url.pathname === '/storage-frame')
      return '<!doctype html><title>storage</title><body data-storage="parent"><script src="/storage.js"></script>';
    if (url.pathname === '/return') {
      returned.push(new URLSearchParams(await readText(request)).get('JWT') ?? '');
      return '<!doctype html><title>Back</title><h1>Back in the course</h1>';
    }
    const page = pages.get(url.pathname);
    return page ? lmsPage(page.draft, page.storage) : '<!doctype html><title>nothing</title>';
  }

  function lmsPage(draft: MessageDraft, storage: StorageBehaviour): string {
    const target = {
      none: undefined,
      parent: '_parent',
      silent: '_parent',
      late: '_parent',
      'named frame': 'lti_storage_frame',
    }[storage];
    const parameters = { ...platform.startLogin(draft), ...(target ? { lti_storage_target: target } : {}) };
    const inputs = Object.entries(parameters).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value.replaceAll('"', '&quot;')}">`,
    );
    return `<!doctype html><html lang="en"><title>LMS</title><body data-storage="${storage}">
<h1>Course</h1>
${storage === 'named frame' ? '<iframe name="lti_storage_frame" src="/storage-frame" title="storage"></iframe>' : ''}
<iframe name="tool" title="tool" width="800" height="600" allow="storage-access"></iframe>
<script src="/storage.js"></script>
<form method="post" action="${bridgeUrl}/lti/login" target="tool">${inputs.join('')}</form>
<script src="/submit.js"></script>`;
  }

  return {
    platform,
    origin,
    returned,
    returnUrl: `${origin}/return`,
    page(draft, storage) {
      const path = `/page-${pages.size + 1}`;
      pages.set(path, { draft, storage });
      return `${origin}${path}`;
    },
    registration: () => ({
      issuer: platform.issuer,
      client_id: platform.clientId,
      authorization_endpoint: platform.authorizationEndpoint,
      token_endpoint: platform.tokenEndpoint,
      jwks_uri: platform.jwksUri,
    }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What LMSs do (lti-cs-pm): values per origin of the tool, answers to who asked. */
const storageScript = `
const behaviour = document.body.dataset.storage;
const kept = {};
const startedAt = Date.now();
addEventListener('message', ({ data, origin, source }) => {
  if (!data || !data.subject || behaviour === 'none') return;
  const answer = (more) => source.postMessage({ subject: data.subject + '.response', message_id: data.message_id, ...more }, origin);
  if (data.subject === 'lti.capabilities') {
    const frame = behaviour === 'named frame' ? 'lti_storage_frame' : undefined;
    return answer({ supported_messages: [{ subject: 'lti.put_data', frame }, { subject: 'lti.get_data', frame }] });
  }
  if (behaviour === 'silent' || behaviour === 'named frame') return;
  if (behaviour === 'late' && Date.now() - startedAt < 600) return;
  const key = origin + ' ' + data.key;
  if (data.subject === 'lti.put_data') { kept[key] = data.value; answer({ key: data.key, value: data.value }); }
  if (data.subject === 'lti.get_data') answer({ key: data.key, value: kept[key] });
});`;

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
