/**
 * Checks an authentication request (1EdTech Security Framework 1.0 section 5.1.1.2) as the strictest LMSs do: what one
 * of them refuses is refused here, so that it shows before a school meets it.
 */
export interface AuthenticationRequest {
  nonce: string;
  loginHint: string;
  messageHint: string;
}

/** The members of an error response (OpenID Connect Core 1.0 section 3.1.2.6). */
export interface AuthenticationError {
  error: string;
  error_description: string;
}

const fixedValues = [
  ['scope', 'openid', 'invalid_scope'],
  ['response_type', 'id_token', 'unsupported_response_type'],
  ['response_mode', 'form_post', 'invalid_request'],
  ['prompt', 'none', 'invalid_request'],
] as const;

export function readAuthenticationRequest(
  params: Record<string, unknown>,
  clientId: string,
): AuthenticationRequest | AuthenticationError {
  for (const [name, wanted, error] of fixedValues) {
    if (params[name] !== wanted) return refuse(error, `${name} must be ${wanted}`);
  }
  if (params.client_id !== clientId) return refuse('unauthorized_client', 'client_id is not known here');
  const [nonce, loginHint, messageHint] = [params.nonce, params.login_hint, params.lti_message_hint];
  if (!isText(nonce)) return refuse('invalid_request', 'nonce is missing');
  if (!isText(loginHint)) return refuse('invalid_request', 'login_hint is missing');
  if (!isText(messageHint)) return refuse('invalid_request', 'lti_message_hint is missing');
  return { nonce, loginHint, messageHint };
}

export function refuse(error: string, description: string): AuthenticationError {
  return { error, error_description: description };
}

/** A parameter that was sent twice comes as a list, which is no text. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
