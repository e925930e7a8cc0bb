/**
 * The `state` of a login (1EdTech Security Framework 1.0 section 5.1.1.2): everything the launch must know of the login,
 * sealed, under 1 kB. A login therefore writes no row, and logins that are never finished cost nothing.
 */
import { randomSecret, sha256 } from '../../lib/crypto.js';
import { BridgeError } from '../../lib/errors.js';
import type { Sealer } from '../../lib/seal.js';

export const stateMinutes = 10;

/** A login as it was answered, read back from its state. */
export interface Login {
  platformId: string;
  nonce: string;
  /** Hash of the secret that only the browser of this login holds. */
  browserHash: string;
  /** The frame in which the LMS keeps things for us, if it offered one: it does not say so again at the launch. */
  storageTarget: string | undefined;
  /** Does the claim name the deployment that the login hinted at? True where the login gave no hint. */
  matchesDeployment(deploymentId: string): boolean;
  /** Does the claim name the target of the login, allowing one percent-encoding more or less (Canvas SpeedGrader)? */
  matchesTarget(targetLinkUri: string): boolean;
}

export interface NewLogin {
  platformId: string;
  targetLinkUri: string;
  deploymentHint: string | undefined;
  storageTarget: string | undefined;
}

interface StateContent {
  p: string;
  n: string;
  t: number;
  b: string;
  u: [string, string];
  d?: string;
  s?: string;
}

export interface StateNeeds {
  stateSealer: Sealer;
  now: () => number;
}

const place = 'login state';
const short = (text: string) => sha256(text).slice(0, 22);

export function sealState({ stateSealer, now }: StateNeeds, login: NewLogin, browserSecret: string) {
  const nonce = randomSecret();
  const content: StateContent = {
    p: login.platformId,
    n: nonce,
    t: now(),
    b: sha256(browserSecret),
    u: [short(login.targetLinkUri), short(decodeOnce(login.targetLinkUri))],
    d: login.deploymentHint && short(login.deploymentHint),
    s: login.storageTarget,
  };
  return { nonce, state: stateSealer.seal(JSON.stringify(content), place) };
}

/** @throws BridgeError `launch_state_missing`, `launch_state_invalid`, `launch_state_expired` */
export function openState({ stateSealer, now }: StateNeeds, state: string | undefined): Login {
  if (!state) throw new BridgeError('launch_state_missing');
  const text = state.length <= 2_048 ? stateSealer.open(state, place) : undefined;
  if (text === undefined) throw new BridgeError('launch_state_invalid');
  const content = JSON.parse(text) as StateContent;
  const ageSeconds = (now() - content.t) / 1_000;
  if (ageSeconds > stateMinutes * 60) {
    throw new BridgeError('launch_state_expired', {
      detail: `the login was answered ${Math.round(ageSeconds)} s ago`,
    });
  }
  return {
    platformId: content.p,
    nonce: content.n,
    browserHash: content.b,
    storageTarget: content.s,
    matchesDeployment: (deploymentId) => content.d === undefined || content.d === short(deploymentId),
    matchesTarget: (uri) => content.u.includes(short(uri)) || content.u[0] === short(decodeOnce(uri)),
  };
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
