/**
 * The tools that are registered at the sandbox LMS: the demonstration application, and whatever application a developer
 * has plugged in. A tool here is a platform row of the bridge with this LMS as its issuer.
 */
import type { ApplicationStore } from '../../store/applications.js';
import type { Platform, PlatformStore } from '../../store/platforms.js';
import { sandboxClientId, sandboxDeploymentId, sandboxGuid } from '../identifiers.js';
import type { PlatformKey } from './platform-key.js';
import { SimulatedPlatform } from './platform.js';

export interface Tool {
  /** Its client_id at this LMS. */
  clientId: string;
  /** Its client_id at the bridge. */
  applicationId: string;
  platformId: string;
  name: string;
  redirectUri: string;
  /** Plugged in on the LMS's own page, and so taken out there. */
  isPluggedIn: boolean;
}

export interface ToolNeeds {
  lmsUrl: string;
  toolLaunchUrl: string;
  /** One list for all: the LMS signs for every tool with the same keys. */
  keys: PlatformKey[];
  platforms: Pick<PlatformStore, 'findByIssuer'>;
  applications: Pick<ApplicationStore, 'find'>;
  now: () => number;
}

/** What the LMS calls a tool that was plugged in begins so. */
export const pluggedInPrefix = 'plugged-in-';

export class Tools {
  readonly #needs: ToolNeeds;
  readonly #platforms = new Map<string, SimulatedPlatform>();

  constructor(needs: ToolNeeds) {
    this.#needs = needs;
  }

  /** The LMS's side of its connection with a tool. */
  platformOf(clientId: string): SimulatedPlatform {
    const known = this.#platforms.get(clientId);
    if (known) return known;
    const { lmsUrl, toolLaunchUrl, keys, now } = this.#needs;
    const platform = new SimulatedPlatform({
      issuer: lmsUrl,
      clientId,
      deploymentId: sandboxDeploymentId,
      guid: sandboxGuid,
      toolLaunchUrl,
      keys,
      now,
    });
    this.#platforms.set(clientId, platform);
    return platform;
  }

  /** The demonstration application first, then in the order in which they came. */
  async list(): Promise<Tool[]> {
    const platforms = await this.#needs.platforms.findByIssuer(this.#needs.lmsUrl, undefined);
    const tools = (await Promise.all(platforms.map((platform) => this.#describe(platform)))).filter(
      (tool) => tool !== undefined,
    );
    return tools.toSorted((a, b) => rank(a) - rank(b));
  }

  async find(clientId: string | undefined): Promise<Tool | undefined> {
    if (clientId === undefined) return undefined;
    const [platform] = await this.#needs.platforms.findByIssuer(this.#needs.lmsUrl, clientId);
    return platform && this.#describe(platform);
  }

  forget(clientId: string): void {
    this.#platforms.delete(clientId);
  }

  async #describe(platform: Platform): Promise<Tool | undefined> {
    const application = await this.#needs.applications.find(platform.applicationId);
    return (
      application && {
        clientId: platform.clientId,
        applicationId: application.id,
        platformId: platform.id,
        name: application.name,
        redirectUri: platform.redirectUri ?? application.redirectUris[0] ?? '',
        isPluggedIn: platform.clientId.startsWith(pluggedInPrefix),
      }
    );
  }
}

function rank({ clientId }: Tool): number {
  return clientId === sandboxClientId ? 0 : 1;
}
