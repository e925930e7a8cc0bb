/** How a launch reaches its application: with a code that nobody asked for, or by starting the application's own login. */
import { BridgeError } from '../lib/errors.js';
import type { Launch } from '../store/launches.js';
import { issueAuthorizationCode, type CodeNeeds } from './authorization-code.js';
import { isPublic } from './client-metadata.js';
import { initiateLogin, type HintNeeds } from './login-hint.js';

export type EntryNeeds = CodeNeeds & Pick<HintNeeds, 'launches'>;

/**
 * @param platform may name another of the application's redirect URIs than the primary one
 * @returns the address to send the browser to
 */
export async function enterApplication(
  needs: EntryNeeds,
  launch: Pick<Launch, 'id' | 'applicationId' | 'personId' | 'scope' | 'details'>,
  platform: { redirectUri: string | null },
): Promise<string> {
  const application = await needs.applications.findForOAuth(launch.applicationId);
  if (application?.launchMode === 'initiate' && application.initiateLoginUri) {
    return initiateLogin(needs, launch, application.initiateLoginUri);
  }
  // A public application could not prove that an unsolicited code was meant for it.
  if (isPublic(application)) {
    throw new BridgeError('tool_not_configured', {
      detail: 'a public application needs launch mode initiate',
    });
  }
  return issueAuthorizationCode(needs, launch, platform);
}
