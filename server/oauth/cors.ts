/**
 * Which pages may read the answers of the token endpoint: those of a public application, from the origins of its redirect
 * URIs. An application that proves itself has nothing to do in a browser, where no secret is one.
 */
import { isPublic } from './client-metadata.js';

interface BrowserClient {
  tokenEndpointAuthMethod?: string;
  redirectUris?: readonly string[];
}

export function mayReadInBrowser(origin: string, client: BrowserClient | undefined): boolean {
  return isPublic(client) && (client?.redirectUris ?? []).some((uri) => new URL(uri).origin === origin);
}
