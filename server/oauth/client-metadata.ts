/** An application in the words of RFC 7591, as the engine reads it. */
import type { AdapterPayload } from 'oidc-provider';
import type { OAuthApplication } from '../store/applications.js';

export function clientMetadata(application: OAuthApplication): AdapterPayload {
  return {
    client_id: application.id,
    client_name: application.name,
    // The engine wants a secret to be there; what is compared are the hashes (see provider.ts).
    client_secret: application.secretHashes.join(' ') || 'none',
    redirect_uris: application.redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: application.tokenEndpointAuthMethod,
    id_token_signed_response_alg: application.idTokenSignedResponseAlg,
  };
}
