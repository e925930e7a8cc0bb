/** How a simulated platform is written down in the bridge. */
import type { PlatformSettings, PlatformState } from '../store/platforms.js';
import type { SimulatedPlatform } from './lms/platform.js';

/** What the bridge must know of the LMS's addresses; these follow the sandbox's own. */
export function platformAddresses(lms: SimulatedPlatform) {
  return {
    issuer: lms.issuer,
    clientId: lms.clientId,
    authorizationEndpoint: lms.authorizationEndpoint,
    tokenEndpoint: lms.tokenEndpoint,
    jwksUri: lms.jwksUri,
  };
}

export function platformRow(
  lms: SimulatedPlatform,
  applicationId: string,
): PlatformSettings & { applicationId: string; state: PlatformState } {
  return {
    ...platformAddresses(lms),
    applicationId,
    state: 'active',
    name: 'Sandbox LMS',
    product: 'sandbox',
    deploymentPolicy: 'auto',
    allowAnonymous: false,
    privacyLevel: 'public',
    redirectUri: null,
    frameOrigins: [],
    idTokenAlgs: ['RS256'],
  };
}
