/**
 * What one request to the engine has learnt so far. The engine hands no context to its storage; it keeps it in an
 * AsyncLocalStorage, from which these functions read. A launch is read once a request: for its grant (before a code is
 * spent), then for the claims and the context.
 */
import type { Context } from 'koa';
import Provider from 'oidc-provider';
import { sha256 } from '../lib/crypto.js';
import { isPublic } from './client-metadata.js';
import type { LaunchStore, LaunchWithRows } from '../store/launches.js';

interface RequestNotes {
  launch?: LaunchWithRows;
  redirectUriLeftOut?: true;
}

/** The application that has authenticated itself in this request. */
export function currentClientId(): string | undefined {
  return Provider.ctx?.oidc.client?.clientId;
}

/** Does the current request carry the verifier of this code's challenge (RFC 7636 section 4.6)? */
export function provesChallenge(codeChallenge: unknown): boolean {
  const verifier = Provider.ctx?.oidc.params?.code_verifier;
  return typeof verifier === 'string' && sha256(verifier) === codeChallenge;
}

/** A public application keeps no secret: its refresh tokens change with every use. */
export function isPublicClient(): boolean {
  return isPublic(Provider.ctx?.oidc.client);
}

/** @param state of the request; to be given outside the engine's own steps, where it cannot be found */
export async function loadLaunch(
  launches: Pick<LaunchStore, 'findWithRows'>,
  id: string,
  state: object = Provider.ctx?.state ?? {},
): Promise<LaunchWithRows | undefined> {
  const notes = state as RequestNotes;
  if (notes.launch?.id !== id) notes.launch = await launches.findWithRows(id);
  return notes.launch;
}

/** The application named no redirect URI for its code; the one in the request stands in for it. */
export function noteRedirectUriLeftOut(ctx: Context): void {
  (ctx.state as RequestNotes).redirectUriLeftOut = true;
}

/** Where it was left out, the redirect URI that a code went to is the one that was meant. */
export function meanRedirectUri(redirectUri: string): void {
  const ctx = Provider.ctx;
  const leftOut = (ctx?.state as RequestNotes | undefined)?.redirectUriLeftOut;
  if (ctx && leftOut) ctx.oidc.params!.redirect_uri = redirectUri;
}
