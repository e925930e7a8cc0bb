/**
 * The signed LtiDeepLinkingResponse (Deep Linking 2.0 section 4.5), made when the teacher has chosen and good for five
 * minutes. Every LMS's taste in one shape: kid and typ in the header, numbers as numbers, a nonce (Canvas), sub
 * (Blackboard), no azp (text and example of the specification disagree), data only if it was sent (even when empty).
 */
import { randomSecret } from '../../lib/crypto.js';
import type { DeepLinkingSettings } from '../../store/launches.js';
import { claim, deepLinkingResponse, ltiVersion } from '../vocabulary.js';
import type { ContentItem } from './content-item.js';

export const responseSeconds = 300;

export interface ResponseNeeds {
  /** Signs with the current key that /lti/keys publishes. */
  sign(claims: Record<string, unknown>): Promise<string>;
  now: () => number;
}

export interface Addressee {
  issuer: string;
  clientId: string;
  deploymentId: string;
}

export function signResponse(
  { sign, now }: ResponseNeeds,
  { issuer, clientId, deploymentId }: Addressee,
  settings: DeepLinkingSettings,
  items: ContentItem[],
): Promise<string> {
  const issuedAt = Math.floor(now() / 1_000);
  return sign({
    iss: clientId,
    sub: clientId,
    aud: issuer,
    iat: issuedAt,
    exp: issuedAt + responseSeconds,
    nonce: randomSecret(),
    [claim.deploymentId]: deploymentId,
    [claim.messageType]: deepLinkingResponse,
    [claim.version]: ltiVersion,
    [claim.contentItems]: items,
    ...(settings.data === null ? {} : { [claim.deepLinkingData]: settings.data }),
  });
}
