/**
 * The authorization code of a launch that no application asked for: bound to the application and its redirect URI, good
 * for 60 seconds and once (RFC 6749 section 4.1.2), with `iss` beside it (RFC 9207).
 */
import { BridgeError } from '../lib/errors.js';
import { withQuery } from '../lib/url.js';
import type { ApplicationStore } from '../store/applications.js';
import type { Launch } from '../store/launches.js';
import type { CurrentProvider } from './current-provider.js';

export interface CodeNeeds {
  publicUrl: string;
  applications: Pick<ApplicationStore, 'findForOAuth'>;
  provider: CurrentProvider;
  now: () => number;
}

/**
 * @param platform may name another of the application's redirect URIs than the primary one
 * @returns the address to send the browser to
 */
export async function issueAuthorizationCode(
  needs: CodeNeeds,
  launch: Pick<Launch, 'id' | 'applicationId' | 'personId' | 'scope'>,
  platform: { redirectUri: string | null },
): Promise<string> {
  const provider = await needs.provider.get();
  const application = await needs.applications.findForOAuth(launch.applicationId);
  const client = await provider.Client.find(launch.applicationId);
  const redirectUri = redirectUriFor(application?.redirectUris ?? [], platform.redirectUri);
  if (!client || !redirectUri)
    throw new BridgeError('tool_not_configured', { detail: 'no application or redirect URI' });

  const code = new provider.AuthorizationCode({
    client,
    accountId: launch.personId,
    grantId: launch.id,
    redirectUri,
    scope: launch.scope,
    authTime: Math.floor(needs.now() / 1_000),
    amr: ['lti'],
  } as ConstructorParameters<typeof provider.AuthorizationCode>[0]);

  return withQuery(redirectUri, { code: await code.save(), iss: needs.publicUrl });
}

/** A redirect URI that the application no longer has is not used, whatever the platform's row says. */
function redirectUriFor(registered: string[], ofPlatform: string | null): string | undefined {
  return registered.find((uri) => uri === ofPlatform) ?? registered[0];
}
