/** What the claims of an LtiDeepLinkingResponse must be (Deep Linking 2.0 section 4.5), as the strictest LMSs see it. */
import { claim } from '../vocabulary.js';
import type { DeepLinkRequest } from './requests.js';
import { problem, type Problem } from './signature.js';

/** @param now seconds since 1970 */
export function claimProblems(
  claims: Record<string, unknown>,
  { clientId, deploymentId, settings }: DeepLinkRequest,
  issuer: string,
  now: number,
): Problem[] {
  return [
    claims.iss !== clientId && problem('iss', 'must be the client_id of the tool'),
    !isFor(claims.aud, issuer) && problem('aud', 'must be the issuer of this LMS'),
    ...timeProblems(claims, now),
    !isText(claims.nonce) && problem('nonce', 'must be there'),
    claims[claim.messageType] !== 'LtiDeepLinkingResponse' &&
      problem('message_type', 'must be LtiDeepLinkingResponse'),
    claims[claim.version] !== '1.3.0' && problem('version', 'must be 1.3.0'),
    claims[claim.deploymentId] !== deploymentId &&
      problem('deployment_id', 'must be the deployment that asked'),
    claims[claim.deepLinkingData] !== settings.data &&
      problem('data', 'must come back exactly as it was sent'),
    claims[claim.deepLinkingItems] !== undefined &&
      !Array.isArray(claims[claim.deepLinkingItems]) &&
      problem('content_items', 'must be a list'),
    ...[claim.deepLinkingMessage, claim.deepLinkingError].map(
      (name) =>
        claims[name] !== undefined &&
        typeof claims[name] !== 'string' &&
        problem(name.split('/').at(-1)!, 'must be a text'),
    ),
  ].filter((found) => found !== false);
}

/** Canvas: at most five minutes old, at most thirty seconds ahead. */
function timeProblems({ exp, iat }: Record<string, unknown>, now: number): (Problem | false)[] {
  return [
    typeof exp !== 'number' && problem('exp', 'must be a number'),
    typeof exp === 'number' && exp <= now && problem('exp', 'is over'),
    typeof iat !== 'number' && problem('iat', 'must be a number'),
    typeof iat === 'number' && iat < now - 300 && problem('iat', 'is more than five minutes ago'),
    typeof iat === 'number' && iat > now + 30 && problem('iat', 'is in the future'),
  ];
}

function isFor(audience: unknown, issuer: string): boolean {
  return audience === issuer || (Array.isArray(audience) && audience.includes(issuer));
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
