/**
 * What the bridge checks of a launch, in its order (server/lti/launch/), in words for people. A refusal's code tells
 * which of them failed: those before it passed, those after it were not reached.
 */
import { catalogue, type ErrorCode } from '../../../lib/errors.js';

interface Check {
  title: string;
  codes: ErrorCode[];
  /** Claims whose absence, or a value that makes no sense, fails this check. */
  claims?: string[];
}

export interface CheckResult {
  title: string;
  state: 'passed' | 'failed' | 'not reached';
}

const checks: Check[] = [
  {
    title: 'The state is one that the bridge sealed, at most ten minutes ago',
    codes: ['launch_state_missing', 'launch_state_invalid', 'launch_state_expired'],
  },
  { title: 'The connection with this LMS is active', codes: ['launch_registration_inactive'] },
  {
    title: 'The browser is the one in which the login began',
    codes: ['launch_state_browser_mismatch'],
  },
  { title: 'The LMS did not answer with an error', codes: ['launch_platform_error'] },
  {
    title: 'There is a signed message, readable and not too large',
    codes: ['launch_token_malformed', 'launch_token_too_large'],
  },
  { title: 'alg: it is signed in a way that is allowed', codes: ['launch_alg_not_allowed'] },
  {
    title: 'kid: it names a key that the LMS publishes',
    codes: ['launch_kid_missing', 'launch_keyset_unavailable', 'launch_keyset_invalid', 'launch_kid_unknown'],
  },
  { title: 'The signature is right', codes: ['launch_signature_invalid'] },
  {
    title: 'iss: it comes from the LMS where the login began',
    codes: ['launch_issuer_mismatch'],
    claims: ['iss'],
  },
  {
    title: 'aud, azp: it is meant for the bridge',
    codes: ['launch_audience_mismatch', 'launch_azp_mismatch'],
    claims: ['aud'],
  },
  {
    title: 'exp, iat, nbf: it is valid now',
    codes: ['launch_expired', 'launch_not_yet_valid', 'launch_too_old'],
    claims: ['exp', 'iat', 'nbf'],
  },
  {
    title: 'nonce: it belongs to this login',
    codes: ['launch_nonce_missing', 'launch_nonce_invalid'],
  },
  { title: 'version: it is 1.3.0', codes: ['launch_version_unsupported'], claims: ['version'] },
  {
    title: 'message_type: it is one that the bridge knows',
    codes: ['launch_message_type_unsupported'],
    claims: ['message_type'],
  },
  { title: 'deployment_id: it is the one of the login', codes: [], claims: ['deployment_id'] },
  {
    title: 'target_link_uri: it is the one of the login',
    codes: ['launch_target_invalid'],
    claims: ['target_link_uri'],
  },
  { title: 'roles: there is a list of them', codes: [], claims: ['roles'] },
  { title: 'sub: it says who comes', codes: [], claims: ['sub'] },
  {
    title: 'Everything that this kind of message needs is there',
    // Whatever other claim is missing or makes no sense.
    codes: ['dl_return_url_invalid', 'launch_claim_missing', 'launch_claim_invalid'],
  },
  {
    title: 'The deployment is known and let in',
    codes: ['launch_deployment_unknown', 'launch_deployment_pending'],
  },
  { title: 'The nonce was not used before', codes: ['launch_replayed'] },
  { title: 'The application is ready to take over', codes: ['tool_not_configured'] },
];

export function passedChecks(): CheckResult[] {
  return checks.map(({ title }) => ({ title, state: 'passed' }));
}

/** @param detail as it is kept with a refusal: the claim at fault stands first */
export function checksUpTo(code: string, detail: string | null): CheckResult[] {
  const failed = indexOfFailed(code, detail);
  return checks.map(({ title }, index) => ({
    title,
    state: failed === -1 || index > failed ? 'not reached' : index === failed ? 'failed' : 'passed',
  }));
}

/** What the person reads on the bridge's page. */
export function sentenceOf(code: string): string {
  return isKnown(code) ? catalogue[code].sentence : 'The bridge refused this launch.';
}

function indexOfFailed(code: string, detail: string | null): number {
  const ofClaims = code === 'launch_claim_missing' || code === 'launch_claim_invalid';
  const claim = ofClaims ? detail?.split(':')[0] : undefined;
  const byClaim = checks.findIndex(({ claims }) => claim !== undefined && claims?.includes(claim));
  return byClaim === -1 ? checks.findIndex(({ codes }) => codes.includes(code as ErrorCode)) : byClaim;
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}
