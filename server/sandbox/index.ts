/**
 * The built-in way to try the bridge: an LMS and an application, each a site of its own, joined by the bridge like any
 * other two. Neither has a way into the bridge that others lack; `prepare` only spares the operator the typing.
 */
import type { Site } from '../http/hosts.js';
import type { Pages } from '../http/pages.js';
import type { LaunchStore } from '../store/launches.js';
import type { RefusedLaunchStore } from '../store/refused-launches.js';
import { BridgeClient } from './application/bridge-client.js';
import { applicationSite } from './application/site.js';
import { createBridgeFetch } from './bridge-fetch.js';
import { sandboxClientId } from './identifiers.js';
import { closedDeploymentId } from './lms/break-message.js';
import { DeepLinkRequests } from './lms/deep-link/requests.js';
import type { PlatformKey } from './lms/platform.js';
import { Runs } from './lms/runs.js';
import { Schools } from './lms/schools.js';
import { lmsSite } from './lms/site.js';
import { Tools } from './lms/tools.js';
import { prepareRows, readKeys, type PrepareNeeds } from './prepare.js';

export interface SandboxNeeds extends PrepareNeeds {
  publicUrl: string;
  lmsUrl: string;
  pages: Pages;
  /** What became of a launch, found by the nonce that its login was given. */
  launches: Pick<LaunchStore, 'findByNonce'>;
  refusedLaunches: Pick<RefusedLaunchStore, 'findByNonce'>;
}

export interface Sandbox {
  sites: Site[];
  urls: { lms: string; app: string };
  /** Makes the rows; before that, nobody can launch. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export function createSandbox(needs: SandboxNeeds): Sandbox {
  const { publicUrl, lmsUrl, appUrl, pages, deployments, signingKeys } = needs;
  const toolLaunchUrl = `${publicUrl}/lti/launch`;
  const bridge = createBridgeFetch(publicUrl);
  const keys: PlatformKey[] = [];
  const tools = new Tools({ ...needs, toolLaunchUrl, keys });
  let client: BridgeClient | undefined;

  async function refreshKeys(): Promise<void> {
    keys.splice(0, keys.length, ...(await readKeys(signingKeys)));
  }

  const lms = lmsSite({
    ...needs,
    tools,
    schools: new Schools(),
    runs: new Runs(),
    requests: new DeepLinkRequests(),
    issuer: lmsUrl,
    toolLoginUrl: `${publicUrl}/lti/login`,
    toolLaunchUrl,
    send: (url, options) => bridge.send(url, options),
    readKeySet: () => bridge.send(`${publicUrl}/lti/keys`),
    refreshKeys,
    async closeDeployment(clientId) {
      const tool = await tools.find(clientId);
      if (tool) await deployments.learn(tool.platformId, closedDeploymentId, 'suspended');
    },
  });

  return {
    sites: [lms, applicationSite({ pages, appUrl, lmsUrl, publicUrl, client: () => client })],
    urls: { lms: lmsUrl, app: appUrl },
    async prepare() {
      const { clientId, clientSecret } = await prepareRows(needs, tools.platformOf(sandboxClientId));
      await refreshKeys();
      client = new BridgeClient({ publicUrl, clientId, clientSecret, fetch: bridge.fetch });
    },
    close: () => bridge.close(),
  };
}
