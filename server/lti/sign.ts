/** Signs what goes to LMSs, with the current key of /lti/keys. Imported keys are kept: an import costs more than a look. */
import { SignJWT, importJWK, type CryptoKey, type JWK } from 'jose';
import type { KeyPurpose, SigningKey } from '../store/signing-keys.js';

export type Sign = (claims: Record<string, unknown>) => Promise<string>;

export function createSigner(signingKeys: { list(purpose: KeyPurpose): Promise<SigningKey[]> }): Sign {
  let imported: { id: string; key: CryptoKey } | undefined;
  return async function sign(claims) {
    const current = (await signingKeys.list('lti')).find((key) => key.state === 'current');
    if (!current) throw new Error('there is no current key for LMSs');
    if (imported?.id !== current.id) {
      imported = {
        id: current.id,
        key: (await importJWK(current.privateJwk as JWK, current.alg)) as CryptoKey,
      };
    }
    return new SignJWT(claims)
      .setProtectedHeader({ alg: current.alg, kid: current.id, typ: 'JWT' })
      .sign(imported.key);
  };
}
