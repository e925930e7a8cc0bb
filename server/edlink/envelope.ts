/** Edlink's envelope: `$data` or `$errors`, and always `$request`. */
import type { BridgeError, ErrorCode } from '../lib/errors.js';

export interface EdlinkError {
  code: string;
  message: string;
}

export function success(data: unknown, request: string) {
  return { $data: data, $request: request };
}

export function failure(error: BridgeError, request: string) {
  const { code, message } = edlinkErrors[error.code] ?? { code: 'UNKNOWN', message: error.row.sentence };
  return { $errors: [{ code, message }], $request: request };
}

/** Our codes in Edlink's words; the messages are those their own clients look for. */
const edlinkErrors: Partial<Record<ErrorCode, EdlinkError>> = {
  unauthorized: {
    code: 'INVALID_TOKEN',
    message: 'You must supply a valid access token to access this endpoint.',
  },
  token_expired: { code: 'EXPIRED_TOKEN', message: 'The access token has expired.' },
  launch_registration_inactive: {
    code: 'INVALID_INTEGRATION_STATE',
    message: 'The integration is not active.',
  },
  not_found: { code: 'NOT_FOUND', message: 'Nothing is found at this address.' },
  method_not_allowed: { code: 'UNSUPPORTED_OPERATION', message: 'This address does not take that method.' },
  request_invalid: { code: 'INVALID_REQUEST_BODY', message: 'The request cannot be read.' },
  body_too_large: { code: 'INVALID_REQUEST_BODY', message: 'The request body is too large.' },
  internal_error: { code: 'INTERNAL', message: 'Something went wrong on our side.' },
  storage_unavailable: {
    code: 'INTERNAL',
    message: 'The service cannot reach its storage. Try again in a minute.',
  },
};
