/**
 * The engine's keys are fixed when it is made, so a change of keys means a new engine: making one costs a millisecond,
 * and everything it knows is in the database. Asked before each request; the keys are at most five seconds old.
 */
import type Provider from 'oidc-provider';
import type { KeyPurpose, SigningKey } from '../store/signing-keys.js';

export interface CurrentProvider {
  get(): Promise<Provider>;
}

export function currentProvider(needs: {
  signingKeys: { list(purpose: KeyPurpose): Promise<SigningKey[]> };
  create(keys: SigningKey[]): Provider;
}): CurrentProvider {
  let made: { version: string; provider: Provider } | undefined;
  return {
    async get() {
      const keys = await needs.signingKeys.list('oauth');
      const version = keys.map((key) => `${key.id} ${key.state}`).join(',');
      if (made?.version !== version) made = { version, provider: needs.create(keys) };
      return made.provider;
    },
  };
}
