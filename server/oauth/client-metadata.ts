/** An application in the words of RFC 7591, as the engine reads it. */
import type { AdapterPayload } from 'oidc-provider';
import type { OAuthApplication } from '../store/applications.js';

export function clientMetadata(application: OAuthApplication): AdapterPayload {
  return {
    client_id: application.id,
    client_name: application.name,
    redirect_uris: application.redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: application.tokenEndpointAuthMethod,
    id_token_signed_response_alg: application.idTokenSignedResponseAlg,
    ...proof(application),
  };
}

/** By what the application proves itself: hashes of secrets, public keys, or nothing but PKCE. */
function proof(application: OAuthApplication): Partial<AdapterPayload> {
  switch (application.tokenEndpointAuthMethod) {
    case 'none':
      return {};
    case 'private_key_jwt':
      return application.jwksUri
        ? { jwks_uri: application.jwksUri }
        : { jwks: application.jwks ?? { keys: [] } };
    default:
      // The engine wants a secret to be there; what is compared are the hashes (see provider.ts).
      return { client_secret: application.secretHashes.join(' ') || 'none' };
  }
}

/** A public application keeps no secret (RFC 6749 section 2.1). */
export function isPublic(client: { tokenEndpointAuthMethod?: string } | undefined): boolean {
  return client?.tokenEndpointAuthMethod === 'none';
}
