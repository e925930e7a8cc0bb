/** Makes the wrong message out of the right one. */
import { generatePlatformKey } from './platform-key.js';
import type { BreakName } from './breaks.js';
import type { SimulatedPlatform } from './platform.js';
import { claim } from './vocabulary.js';

type Claims = Record<string, unknown>;

/** A deployment that the bridge is told of as suspended: launches from it are refused, all others go on. */
export const closedDeploymentId = 'sandbox-deployment-closed';

let foreignKey: ReturnType<typeof generatePlatformKey> | undefined;

/** @returns the fields that are posted instead of the right ones */
export async function breakMessage(
  name: BreakName,
  platform: SimulatedPlatform,
  fields: Record<string, string>,
): Promise<Record<string, string>> {
  const claims = decode(fields.id_token);
  if (!claims) return fields;
  const sign = async (changes: Claims, header: Claims = {}) => ({
    ...fields,
    id_token: await platform.sign({ ...claims, ...changes }, header),
  });
  const now = Number(claims.iat);
  switch (name) {
    case 'wrong-key':
      foreignKey ??= generatePlatformKey();
      return {
        ...fields,
        id_token: await platform.sign(claims, { kid: platform.keys[0]?.kid }, await foreignKey),
      };
    case 'unknown-kid':
      return sign({}, { kid: 'a-key-that-nobody-published' });
    case 'alg-none':
      return { ...fields, id_token: `${encode({ typ: 'JWT', alg: 'none' })}.${encode(claims)}.` };
    case 'wrong-audience':
      return sign({ aud: 'another-tool' });
    case 'expired':
      return sign({ iat: now - 600, exp: now - 300 });
    case 'future':
      return sign({ iat: now + 600, exp: now + 900 });
    case 'wrong-nonce':
      return sign({ nonce: 'the-nonce-of-another-login' });
    case 'missing-roles':
      return sign({ [claim.roles]: undefined });
    case 'unknown-deployment':
      return sign({ [claim.deploymentId]: closedDeploymentId });
    case 'login-required':
      return {
        ...(fields.state === undefined ? {} : { state: fields.state }),
        error: 'login_required',
        error_description: 'Nobody is signed in at this LMS.',
      };
    default:
      // The message itself is right; it is sent twice, or by a browser that did not begin the login.
      return fields;
  }
}

function decode(idToken: string | undefined): Claims | undefined {
  const part = idToken?.split('.')[1];
  return part === undefined
    ? undefined
    : (JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Claims);
}

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
