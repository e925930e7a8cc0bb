/**
 * The key pairs this bridge signs with: for LMSs (RS256) and for applications (RS256 and ES256). A new key is published
 * as `next` a whole rotation before it signs, so that no cached key set is ever behind.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { KeyPurpose, PublicJwk, SigningKey } from '../store/signing-keys.js';

export interface KeyNeeds {
  signingKeys: {
    list(purpose: KeyPurpose): Promise<SigningKey[]>;
    insert(key: Omit<SigningKey, 'createdAt' | 'retiresAt'>): Promise<void>;
    advance(purpose: KeyPurpose, alg: string, retiresAt: number): Promise<void>;
  };
  now: () => number;
}

/** Every pair of keys there must be, and what it is for. */
const wanted: { purpose: KeyPurpose; alg: string }[] = [
  { purpose: 'lti', alg: 'RS256' },
  { purpose: 'oauth', alg: 'RS256' },
  { purpose: 'oauth', alg: 'ES256' },
];

/** LMSs keep key sets for up to a week. */
const retiredDays = 14;

/** Makes the keys that are missing. To be run by one process at a time (Database.exclusive). */
export async function ensureKeys({ signingKeys }: KeyNeeds): Promise<void> {
  for (const { purpose, alg } of wanted) {
    const keys = (await signingKeys.list(purpose)).filter((key) => key.alg === alg);
    for (const state of ['current', 'next'] as const) {
      if (!keys.some((key) => key.state === state))
        await signingKeys.insert({ ...(await newKey(alg)), purpose, state });
    }
  }
}

/** The next keys become current, the current ones stay published for 14 days. To be run by one process at a time. */
export async function rotateKeys(needs: KeyNeeds, purpose: KeyPurpose): Promise<void> {
  for (const { alg } of wanted.filter((one) => one.purpose === purpose)) {
    await needs.signingKeys.advance(purpose, alg, needs.now() + retiredDays * 86_400_000);
  }
  await ensureKeys(needs);
}

/**
 * Rotates what is due. A `next` key is made at each rotation, so its age tells how long the current one has been signing.
 * To be run by one process at a time.
 * @returns the purposes that were rotated
 */
export async function rotateDueKeys(needs: KeyNeeds, days: number): Promise<KeyPurpose[]> {
  const due: KeyPurpose[] = [];
  for (const purpose of new Set(wanted.map((one) => one.purpose))) {
    const next = (await needs.signingKeys.list(purpose)).filter((key) => key.state === 'next');
    if (next.some((key) => key.createdAt + days * 86_400_000 < needs.now())) due.push(purpose);
  }
  for (const purpose of due) await rotateKeys(needs, purpose);
  return due;
}

/** The key set LMSs read at /lti/keys (RFC 7517): the current key first, public parts only. */
export async function publicKeySet({
  signingKeys,
}: Pick<KeyNeeds, 'signingKeys'>): Promise<{ keys: PublicJwk[] }> {
  const keys = await signingKeys.list('lti');
  const currentFirst = [...keys].sort(
    (a, b) => Number(b.state === 'current') - Number(a.state === 'current'),
  );
  return { keys: currentFirst.map((key) => key.publicJwk) };
}

async function newKey(alg: string): Promise<Pick<SigningKey, 'id' | 'alg' | 'publicJwk' | 'privateJwk'>> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const common = { kid, alg, use: 'sig' };
  return {
    id: kid,
    alg,
    publicJwk: { ...publicJwk, ...common },
    privateJwk: { ...(await exportJWK(privateKey)), ...common },
  };
}
