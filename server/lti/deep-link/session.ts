/**
 * The open answer to one selection launch. The page holds a token, the launch's row its hash; whoever shows the token in
 * time may answer once. The same message again gets the same answer while that is valid, because a browser may have lost
 * it on the way; any other message comes too late.
 */
import { randomSecret, sha256 } from '../../lib/crypto.js';
import { BridgeError } from '../../lib/errors.js';
import type { DeepLinkingSession } from '../../store/deep-linking.js';
import { responseSeconds } from './response.js';

export const sessionHours = 4;

export interface SessionNeeds {
  deepLinking: { find(launchId: string): Promise<DeepLinkingSession | undefined> };
  now: () => number;
}

/** What goes back to the LMS: the form's address and its JWT. */
export interface Answer {
  return_url: string;
  jwt: string;
}

export function newSessionToken(): { token: string; tokenHash: string } {
  const token = randomSecret();
  return { token, tokenHash: sha256(token) };
}

/** @throws BridgeError `dl_session_unknown`, `dl_session_expired` */
export async function openSession(
  needs: SessionNeeds,
  launchId: string,
  token: string,
): Promise<DeepLinkingSession> {
  const session = await needs.deepLinking.find(launchId);
  if (!session?.isConnected || session.tokenHash !== sha256(token))
    throw new BridgeError('dl_session_unknown');
  if (needs.now() - session.launchedAt > sessionHours * 3_600_000)
    throw new BridgeError('dl_session_expired');
  return session;
}

/**
 * The answer a spent session gave, for the message that it gave it to.
 * @throws BridgeError `dl_session_consumed`
 */
export function repeatAnswer(needs: SessionNeeds, session: DeepLinkingSession, messageHash: string): Answer {
  const spentAt = session.spentAt ?? 0;
  const stillValid = needs.now() - spentAt < responseSeconds * 1_000;
  if (session.messageHash !== messageHash || !stillValid || session.response === null) {
    throw new BridgeError('dl_session_consumed');
  }
  return JSON.parse(session.response) as Answer;
}
