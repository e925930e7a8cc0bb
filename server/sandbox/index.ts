/**
 * The built-in way to try the bridge: an LMS and an application, each a site of its own, joined by the bridge like any
 * other two. Neither has a way into the bridge that others lack; `prepare` only spares the operator the typing.
 */
import type { Site } from '../http/hosts.js';
import type { Pages } from '../http/pages.js';
import { BridgeClient } from './application/bridge-client.js';
import { createBridgeFetch } from './application/bridge-fetch.js';
import { applicationSite } from './application/site.js';
import { sandboxClientId, sandboxDeploymentId, sandboxGuid } from './identifiers.js';
import { SimulatedPlatform } from './lms/platform.js';
import { lmsSite } from './lms/site.js';
import { prepareRows, readKeys, type PrepareNeeds } from './prepare.js';

export interface SandboxNeeds extends PrepareNeeds {
  publicUrl: string;
  lmsUrl: string;
  pages: Pages;
}

export interface Sandbox {
  sites: Site[];
  urls: { lms: string; app: string };
  /** Makes the rows; before that, nobody can launch. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export function createSandbox(needs: SandboxNeeds): Sandbox {
  const { publicUrl, lmsUrl, appUrl, pages, signingKeys } = needs;
  const toolLaunchUrl = `${publicUrl}/lti/launch`;
  const bridge = createBridgeFetch(publicUrl);
  let client: BridgeClient | undefined;

  const platform = new SimulatedPlatform({
    issuer: lmsUrl,
    clientId: sandboxClientId,
    deploymentId: sandboxDeploymentId,
    guid: sandboxGuid,
    toolLaunchUrl,
    keys: [],
    now: needs.now,
  });

  async function refreshKeys(): Promise<void> {
    platform.keys.splice(0, platform.keys.length, ...(await readKeys(signingKeys)));
  }

  return {
    sites: [
      lmsSite({
        pages,
        platform,
        publicUrl,
        toolLoginUrl: `${publicUrl}/lti/login`,
        addresses: { lmsUrl, toolLaunchUrl },
        refreshKeys,
      }),
      applicationSite({ pages, appUrl, lmsUrl, client: () => client }),
    ],
    urls: { lms: lmsUrl, app: appUrl },
    async prepare() {
      const { clientId, clientSecret } = await prepareRows(needs, platform);
      await refreshKeys();
      client = new BridgeClient({ publicUrl, clientId, clientSecret, fetch: bridge.fetch });
    },
    close: () => bridge.close(),
  };
}
