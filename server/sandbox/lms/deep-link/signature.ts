/** Is the answer signed by the tool? Its key set is read anew for each answer, as Canvas does. */
import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose';

export interface Problem {
  /** What the rule is about, in the words of the specification. */
  about: string;
  says: string;
}

export type ReadKeySet = () => Promise<{ status: number; body: string }>;

/** @returns the signed claims, or why there are none */
export async function verifySignature(
  jwt: string,
  readKeySet: ReadKeySet,
): Promise<{ claims: Record<string, unknown> } | Problem> {
  let header: { alg?: unknown; kid?: unknown };
  try {
    header = decodeProtectedHeader(jwt);
  } catch {
    return problem('JWT', 'cannot be read: it is no signed message');
  }
  if (header.alg !== 'RS256') return problem('alg', 'must be RS256');
  if (typeof header.kid !== 'string' || header.kid === '') return problem('kid', 'is missing in the header');
  const key = await findKey(header.kid, readKeySet);
  if ('says' in key) return key;
  try {
    const { payload } = await compactVerify(jwt, await importJWK(key, 'RS256'), { algorithms: ['RS256'] });
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    return isObject(claims) ? { claims } : problem('JWT', 'has claims that are no object');
  } catch (error) {
    return (error as { code?: string }).code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'
      ? problem('signature', 'does not fit the key that the tool publishes under this kid')
      : problem('JWT', 'cannot be read: it is no signed message');
  }
}

async function findKey(kid: string, readKeySet: ReadKeySet): Promise<JWK | Problem> {
  try {
    const { status, body } = await readKeySet();
    if (status !== 200) return problem('key set', `answers ${status}`);
    const { keys } = JSON.parse(body) as { keys: JWK[] };
    return keys.find((key) => key.kid === kid) ?? problem('kid', "names no key of the tool's key set");
  } catch {
    return problem('key set', 'cannot be read');
  }
}

export function problem(about: string, says: string): Problem {
  return { about, says };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
