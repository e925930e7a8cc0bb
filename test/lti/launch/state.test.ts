/** A login's state: what the launch must know of it, sealed, for ten minutes. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sha256 } from '../../../server/lib/crypto.js';
import type { BridgeError } from '../../../server/lib/errors.js';
import { createSealer } from '../../../server/lib/seal.js';
import { openState, sealState, type Login, type NewLogin } from '../../../server/lti/launch/state.js';

let time = Date.UTC(2026, 0, 1);
const needs = { stateSealer: createSealer([randomBytes(32)], 'login state'), now: () => time };

function answered(changes: Partial<NewLogin> = {}): { login: Login; nonce: string; state: string } {
  const { state, nonce } = sealState(
    needs,
    {
      platformId: 'platform',
      targetLinkUri: 'https://tool.example/a?b=c%20d',
      deploymentHint: undefined,
      storageTarget: undefined,
      ...changes,
    },
    'browser secret',
  );
  return { login: openState(needs, state), nonce, state };
}

function refusal(state: string | undefined): BridgeError {
  try {
    openState(needs, state);
  } catch (error) {
    return error as BridgeError;
  }
  throw new Error('opened');
}

describe('a state', () => {
  it('gives back what was sealed, and of the browser only a hash', () => {
    const { login, nonce } = answered({ storageTarget: '_parent' });
    expect(login).toMatchObject({
      platformId: 'platform',
      nonce,
      storageTarget: '_parent',
      browserHash: sha256('browser secret'),
    });
    expect(answered().login.storageTarget).toBeUndefined();
  });

  it('is good for ten minutes', () => {
    const { state } = answered();
    time += 600_000;
    expect(openState(needs, state)).toBeDefined();
    time += 1;
    expect(refusal(state)).toMatchObject({
      code: 'launch_state_expired',
      detail: 'the login was answered 600 s ago',
    });
  });

  it('of a process whose clock runs ahead is good', () => {
    const { state } = answered();
    time -= 5_000;
    expect(openState(needs, state)).toBeDefined();
  });

  it.each([undefined, ''])('that is %j is missing', (state) => {
    expect(refusal(state).code).toBe('launch_state_missing');
  });

  it.each(['x', '.', 'x'.repeat(2_049), `${'x'.repeat(10_000_000)}`])(
    'that was made up is invalid: %#',
    (state) => {
      expect(refusal(state).code).toBe('launch_state_invalid');
    },
  );

  it('sealed for another place is invalid', () => {
    expect(refusal(needs.stateSealer.seal('{}', 'signing key')).code).toBe('launch_state_invalid');
  });
});

describe('the deployment of a login', () => {
  it('matches the hint exactly, and anything where there was none', () => {
    const hinted = answered({ deploymentHint: '1:abc' }).login;
    expect(hinted.matchesDeployment('1:abc')).toBe(true);
    for (const other of ['1:ABC', '1:abc ', '1', '']) expect(hinted.matchesDeployment(other)).toBe(false);
    expect(answered().login.matchesDeployment('anything')).toBe(true);
  });
});

describe('the target of a login', () => {
  it.each([
    ['https://tool.example/a?b=c%20d', 'https://tool.example/a?b=c%20d', true],
    ['https://tool.example/a?b=c%20d', 'https://tool.example/a?b=c d', true],
    ['https://tool.example/a?b=c%20d', 'https://tool.example/a?b=c%2520d', true],
    ['https://tool.example/a?b=c%2520d', 'https://tool.example/a?b=c%20d', true],
    ['https://tool.example/a?b=c%20d', 'https://tool.example/a?b=c%252520d', false],
    ['https://tool.example/a?b=c%20d', 'https://tool.example/a?b=c', false],
    ['https://tool.example/a', 'https://tool.example/a/', false],
    ['https://tool.example/a', 'https://tool.example/A', false],
    ['https://tool.example/a', 'https://evil.example/a', false],
    ['https://tool.example/%zz', 'https://tool.example/%zz', true],
    ['https://tool.example/%zz', 'https://tool.example/%ZZ', false],
    ['https://tool.example/%zz', '', false],
  ])('%s and the claim %s: %s', (target, claimed, matches) => {
    expect(answered({ targetLinkUri: target }).login.matchesTarget(claimed)).toBe(matches);
  });
});
