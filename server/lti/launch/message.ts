/**
 * The id_token of a launch becomes a verified, typed LaunchMessage, or a refusal by name. The order is that of the
 * 1EdTech Security Framework 1.0 section 5.1.3, then LTI Core 1.3 section 5.3; each rule is one function.
 *
 * jose checks the signature only: which algorithms, which key, how old and for whom is decided here, because its
 * defaults let through what LTI forbids (no exp, an iat in the future, several audiences without azp).
 */
import { compactVerify, decodeProtectedHeader } from 'jose';
import { BridgeError } from '../../lib/errors.js';
import { parseStrictObject } from '../../lib/strict-json.js';
import type { Platform } from '../../store/platforms.js';
import { claim, ltiVersion, messageTypes, type MessageType } from '../vocabulary.js';
import { asciiId, invalid, missing, optionalText } from './claim-values.js';
import type { KeySets } from './key-sets.js';
import { readFacts, withoutPrivateClaims, type LaunchFacts } from './facts.js';
import type { Login } from './state.js';

/** One verified message: whatever is in here was signed by the platform and meant for this login. */
export interface LaunchMessage extends LaunchFacts {
  platform: Platform;
  messageType: MessageType;
  nonce: string;
  /** The deployment_id as the platform sent it. */
  deploymentId: string;
  /** The platform's id of the person; undefined where it allows anonymous launches and sent none. */
  subject: string | undefined;
  /** The claims as they came, less nulls and the personal ones that this platform's privacy level withholds. */
  claims: Record<string, unknown>;
}

export interface MessageNeeds {
  keySets: KeySets;
  now: () => number;
  development: boolean;
}

type Claims = Record<string, unknown>;

const maxTokenLength = 64 * 1024;
/** Clocks differ; a minute is what the field allows. */
const leeway = 60;
const maxAge = 3_600;
const maxLifetime = 86_400;

export async function verifyMessage(
  needs: MessageNeeds,
  idToken: string,
  login: Login,
  platform: Platform,
): Promise<LaunchMessage> {
  const claims = withoutNulls(await verifySignature(needs, idToken, platform));
  checkIssuer(claims, platform);
  checkAudience(claims, platform);
  checkTimes(claims, needs.now() / 1_000);
  const nonce = checkNonce(claims, login);
  checkVersion(claims);
  const messageType = checkMessageType(claims);
  const deploymentId = checkDeployment(claims, login);
  checkTarget(claims, messageType, login);
  checkRoles(claims, messageType);
  const subject = checkSubject(claims, platform);
  const told = withoutPrivateClaims(claims, platform.privacyLevel);
  const facts = readFacts(told, messageType, needs);
  return { ...facts, platform, messageType, nonce, deploymentId, subject, claims: told };
}

async function verifySignature(needs: MessageNeeds, idToken: string, platform: Platform): Promise<Claims> {
  if (idToken.length > maxTokenLength) {
    throw new BridgeError('launch_token_too_large', { detail: `${idToken.length} characters` });
  }
  const { alg, kid } = readHeader(idToken);
  if (typeof alg !== 'string' || !platform.idTokenAlgs.includes(alg))
    throw new BridgeError('launch_alg_not_allowed');
  if (kid === undefined || kid === '') throw new BridgeError('launch_kid_missing');
  if (typeof kid !== 'string' || kid.length > 512) throw malformed('the kid is not a short text');
  const key = await needs.keySets.find(platform, kid, alg);
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(idToken, key, { algorithms: [alg] }));
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    if (code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
      throw new BridgeError('launch_signature_invalid', { cause });
    throw malformed('the token is not a signed JWT', cause);
  }
  try {
    return parseStrictObject(payload);
  } catch (cause) {
    throw malformed('the claims are not one JSON object', cause);
  }
}

/** Platforms written in languages with null send it for what they leave out: it says as much as nothing. */
function withoutNulls(claims: Claims): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
}

function readHeader(idToken: string): { alg?: unknown; kid?: unknown } {
  if (idToken.split('.').length !== 3) throw malformed('the token does not have three parts');
  try {
    return decodeProtectedHeader(idToken);
  } catch (cause) {
    throw malformed('the header cannot be read', cause);
  }
}

function checkIssuer(claims: Claims, platform: Platform): void {
  if (claims.iss === undefined) throw missing('iss');
  if (claims.iss !== platform.issuer) throw new BridgeError('launch_issuer_mismatch');
}

/** Several audiences, or an azp: then azp must name us. */
function checkAudience(claims: Claims, { clientId }: Platform): void {
  const { aud, azp } = claims;
  if (aud === undefined) throw missing('aud');
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(clientId)) throw new BridgeError('launch_audience_mismatch');
  if (azp === undefined ? audiences.length > 1 : azp !== clientId) {
    throw new BridgeError('launch_azp_mismatch', {
      detail: azp === undefined ? 'several audiences, no azp' : 'azp is another client',
    });
  }
}

function checkTimes(claims: Claims, now: number): void {
  const exp = seconds(claims, 'exp');
  const iat = seconds(claims, 'iat');
  const nbf = claims.nbf === undefined ? iat : seconds(claims, 'nbf');
  const say = (from: number, to: number) => `${Math.round(to - from)} s`;
  if (exp <= now - leeway)
    throw new BridgeError('launch_expired', { detail: `expired ${say(exp, now)} ago` });
  if (iat > now + leeway)
    throw new BridgeError('launch_not_yet_valid', { detail: `iat is ${say(now, iat)} ahead` });
  if (nbf > now + leeway)
    throw new BridgeError('launch_not_yet_valid', { detail: `nbf is ${say(now, nbf)} ahead` });
  if (iat < now - maxAge - leeway)
    throw new BridgeError('launch_too_old', { detail: `made ${say(iat, now)} ago` });
  if (exp - iat > maxLifetime) throw new BridgeError('launch_too_old', { detail: `lasts ${say(iat, exp)}` });
}

function seconds(claims: Claims, name: string): number {
  const value = claims[name];
  if (value === undefined) throw missing(name);
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(name, 'not a number');
  return value;
}

/** The nonce is the one of this login; that it was not used before shows when the launch is saved. */
function checkNonce(claims: Claims, login: Login): string {
  if (claims.nonce === undefined || claims.nonce === '') throw new BridgeError('launch_nonce_missing');
  if (claims.nonce !== login.nonce) throw new BridgeError('launch_nonce_invalid');
  return login.nonce;
}

function checkVersion(claims: Claims): void {
  const version = claims[claim.version];
  if (version === undefined) throw missing('version');
  if (version !== ltiVersion) throw new BridgeError('launch_version_unsupported');
}

function checkMessageType(claims: Claims): MessageType {
  const sent = claims[claim.messageType];
  if (sent === undefined) throw missing('message_type');
  const known = messageTypes.find((type) => type === sent);
  if (!known) throw new BridgeError('launch_message_type_unsupported');
  return known;
}

function checkDeployment(claims: Claims, login: Login): string {
  const deploymentId = asciiId(claims[claim.deploymentId], 'deployment_id');
  if (!login.matchesDeployment(deploymentId))
    throw invalid('deployment_id', 'not the deployment of the login');
  return deploymentId;
}

/** Deep-linking launches need no target (the certification suite sends none), submission reviews have one of their own. */
function checkTarget(claims: Claims, messageType: MessageType, login: Login): void {
  if (messageType !== 'LtiResourceLinkRequest') return;
  const target = optionalText(claims[claim.targetLinkUri], 'target_link_uri');
  if (target === null) throw missing('target_link_uri');
  if (!login.matchesTarget(target)) throw new BridgeError('launch_target_invalid');
}

/** An empty list, an empty role and unknown roles are fine; no list is not. */
function checkRoles(claims: Claims, messageType: MessageType): void {
  const roles = claims[claim.roles];
  if (roles === undefined && messageType !== 'LtiDeepLinkingRequest') throw missing('roles');
  const fine =
    roles === undefined ||
    (Array.isArray(roles) && roles.length <= 200 && roles.every((role) => typeof role === 'string'));
  if (!fine) throw invalid('roles', 'not a list of at most 200 texts');
}

function checkSubject(claims: Claims, platform: Platform): string | undefined {
  if (claims.sub === undefined && platform.allowAnonymous) return undefined;
  return asciiId(claims.sub, 'sub');
}

function malformed(detail: string, cause?: unknown): BridgeError {
  return new BridgeError('launch_token_malformed', { detail, cause });
}
