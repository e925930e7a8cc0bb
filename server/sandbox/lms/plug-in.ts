/**
 * Plugs a developer's own application into the sandbox: one application and one platform of the bridge, made through the
 * same stores as an operator's, so that it works as it will work with a real LMS.
 */
import { randomUUID } from 'node:crypto';
import type { ApplicationStore } from '../../store/applications.js';
import type { DeploymentStore } from '../../store/deployments.js';
import type { PlatformStore } from '../../store/platforms.js';
import { sandboxDeploymentId } from '../identifiers.js';
import { platformRow } from '../platform-row.js';
import { pluggedInPrefix, type Tool, type Tools } from './tools.js';

export interface PlugInNeeds {
  tools: Tools;
  applications: ApplicationStore;
  platforms: PlatformStore;
  deployments: DeploymentStore;
}

export interface PluggedIn {
  name: string;
  redirectUri: string;
  /** At this LMS. */
  toolClientId: string;
  /** At the bridge, for the application's OAuth. */
  clientId: string;
  /** Shown now and never again. */
  clientSecret: string;
}

/** A platform lookup by issuer alone ends at ten rows; one of them is the demonstration application's. */
export const pluggedInAtMost = 8;

export async function plugIn(
  needs: PlugInNeeds,
  { name, redirectUri }: { name: string; redirectUri: string },
): Promise<PluggedIn> {
  const { application, secret } = await needs.applications.create({
    name,
    redirectUris: [redirectUri],
    launchMode: 'code',
    tokenEndpointAuthMethod: 'client_secret_basic',
    idTokenSignedResponseAlg: 'RS256',
  });
  const lms = needs.tools.platformOf(`${pluggedInPrefix}${randomUUID().slice(0, 8)}`);
  const platform = await needs.platforms.create(platformRow(lms, application.id));
  await needs.deployments.learn(platform.id, sandboxDeploymentId, 'active');
  return {
    name,
    redirectUri,
    toolClientId: lms.clientId,
    clientId: application.id,
    clientSecret: secret!,
  };
}

/** Takes out what was plugged in here, with all that was ever launched into it; nothing else. */
export async function unplug(needs: PlugInNeeds, tool: Tool): Promise<void> {
  if (!tool.isPluggedIn) return;
  await needs.platforms.delete(tool.platformId);
  await needs.applications.delete(tool.applicationId);
  needs.tools.forget(tool.clientId);
}

/**
 * What can be a redirect URI: https, or http on a loopback name, without userinfo and fragment.
 * @returns what is wrong with it, undefined when nothing is
 */
export function problemOfRedirectUri(value: string): string | undefined {
  if (value === '') return 'Enter the address that launches should go to.';
  if (value.length > 2_048) return 'This address is too long.';
  if (!URL.canParse(value) || value !== value.trim() || /[\p{Cc}\\]/u.test(value))
    return 'This is not a complete address. It looks like http://localhost:4000/callback.';
  const url = new URL(value);
  if (url.username || url.password) return 'The address must have no user name or password in it.';
  if (value.includes('#')) return 'The address must have no # in it.';
  if (url.protocol === 'https:') return undefined;
  const isLoopback = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && isLoopback) return undefined;
  return 'The address must begin with https://, or with http:// on this machine (localhost).';
}
