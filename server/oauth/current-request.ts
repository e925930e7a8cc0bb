/**
 * What one request to the engine has learnt so far. The engine hands no context to its storage; it keeps it in an
 * AsyncLocalStorage, from which these functions read. A launch is read once a request: for its grant (before a code is
 * spent), then for the claims and the context.
 */
import Provider from 'oidc-provider';
import type { LaunchStore, LaunchWithRows } from '../store/launches.js';

interface RequestNotes {
  launch?: LaunchWithRows;
}

/** The application that has authenticated itself in this request. */
export function currentClientId(): string | undefined {
  return Provider.ctx?.oidc.client?.clientId;
}

export async function loadLaunch(
  launches: Pick<LaunchStore, 'findWithRows'>,
  id: string,
): Promise<LaunchWithRows | undefined> {
  const notes = (Provider.ctx?.state ?? {}) as RequestNotes;
  if (notes.launch?.id !== id) notes.launch = await launches.findWithRows(id);
  return notes.launch;
}
