/**
 * The one catalogue of refusals. Every refusal of this bridge is a BridgeError with a code of this list; the code never
 * changes once released, because applications, operators and translations rely on it.
 *
 * `sentence` is for the person who meets the refusal, `action` the one thing that person can do. Neither ever contains a
 * value that came with the request. `detail` of the error itself goes to the log and to the operator only.
 * docs/errors.md is checked against this list by test/documents.test.ts.
 */

export interface CatalogueRow {
  status: number;
  sentence: string;
  action: string;
  /** Where the rule comes from. */
  spec: string;
}

const startAgain = 'Go back to your course and open the link again.';
const tellAdministrator =
  'Tell the person who looks after your learning platform, and give the reference below.';
const tryLater = 'Try again in a minute.';
const fixRequest = 'Correct the request and send it again.';

const security = (section: string) => `1EdTech Security Framework 1.0, section ${section}`;
const core = (section: string) => `LTI Core 1.3, section ${section}`;
const own = 'LTI Bridge';

export const catalogue = {
  // --- login: /lti/login
  login_issuer_unknown: {
    status: 400,
    sentence: 'This learning platform is not connected here yet.',
    action: tellAdministrator,
    spec: security('5.1.1.1'),
  },
  login_client_ambiguous: {
    status: 400,
    sentence:
      'This learning platform is connected more than once, and it did not say which connection it means.',
    action: tellAdministrator,
    spec: security('5.1.1.1'),
  },
  login_param_invalid: {
    status: 400,
    sentence: 'The learning platform sent an incomplete or unusable request.',
    action: tellAdministrator,
    spec: security('5.1.1.1'),
  },

  // --- launch: /lti/launch
  launch_state_missing: {
    status: 400,
    sentence: 'This page opens from a course only.',
    action: startAgain,
    spec: security('5.1.1.3'),
  },
  launch_state_invalid: {
    status: 400,
    sentence: 'This launch was not started here.',
    action: startAgain,
    spec: security('5.1.1.3'),
  },
  launch_state_expired: {
    status: 400,
    sentence: 'Signing in took too long.',
    action: startAgain,
    spec: security('5.1.1.3'),
  },
  launch_state_browser_mismatch: {
    status: 400,
    sentence: 'Your browser did not keep what is needed to open this safely inside the course page.',
    action: 'Go back to your course and open the link in a new window, or allow cookies for this page.',
    spec: security('5.1.1.3'),
  },
  launch_replayed: {
    status: 400,
    sentence: 'This launch was used already.',
    action: startAgain,
    spec: security('5.1.3'),
  },
  launch_platform_error: {
    status: 400,
    sentence: 'The learning platform could not sign you in.',
    action: startAgain,
    spec: security('5.1.1.5'),
  },
  launch_registration_inactive: {
    status: 403,
    sentence: 'Your school has not finished connecting this tool.',
    action: tellAdministrator,
    spec: own,
  },
  launch_deployment_unknown: {
    status: 403,
    sentence: 'This tool is not open to this part of the learning platform.',
    action: tellAdministrator,
    spec: core('3.1.3'),
  },
  launch_deployment_pending: {
    status: 403,
    sentence: 'Your school has not finished connecting this tool.',
    action: tellAdministrator,
    spec: core('3.1.3'),
  },
  launch_token_malformed: {
    status: 400,
    sentence: 'The learning platform sent something that cannot be read.',
    action: tellAdministrator,
    spec: 'RFC 7519, section 7.2',
  },
  launch_token_too_large: {
    status: 400,
    sentence: 'The learning platform sent more than can be read.',
    action: tellAdministrator,
    spec: own,
  },
  launch_alg_not_allowed: {
    status: 400,
    sentence: 'The learning platform signed this launch in a way that is not allowed.',
    action: tellAdministrator,
    spec: security('5.1.3'),
  },
  launch_kid_missing: {
    status: 400,
    sentence: 'The learning platform did not say which key signed this launch.',
    action: tellAdministrator,
    spec: security('6.3'),
  },
  launch_kid_unknown: {
    status: 400,
    sentence: 'The learning platform signed this launch with a key that it does not publish.',
    action: tellAdministrator,
    spec: security('6.3'),
  },
  launch_keyset_unavailable: {
    status: 503,
    sentence: 'The keys of the learning platform could not be read.',
    action: tryLater,
    spec: security('6.3'),
  },
  launch_keyset_invalid: {
    status: 400,
    sentence: 'The learning platform publishes keys that cannot be used.',
    action: tellAdministrator,
    spec: security('6.3'),
  },
  launch_signature_invalid: {
    status: 400,
    sentence: 'The signature of this launch is not valid.',
    action: startAgain,
    spec: security('5.1.3'),
  },
  launch_issuer_mismatch: {
    status: 400,
    sentence: 'This launch comes from another learning platform than the one that started it.',
    action: tellAdministrator,
    spec: security('5.1.3'),
  },
  launch_audience_mismatch: {
    status: 400,
    sentence: 'This launch is meant for another tool.',
    action: tellAdministrator,
    spec: security('5.1.3'),
  },
  launch_azp_mismatch: {
    status: 400,
    sentence: 'This launch was made for another tool.',
    action: tellAdministrator,
    spec: security('5.1.3'),
  },
  launch_expired: {
    status: 400,
    sentence: 'This launch has expired.',
    action: startAgain,
    spec: security('5.1.3'),
  },
  launch_not_yet_valid: {
    status: 400,
    sentence: 'The clock of the learning platform runs ahead.',
    action: tellAdministrator,
    spec: security('5.1.3'),
  },
  launch_too_old: {
    status: 400,
    sentence: 'This launch was made too long ago, or is said to last too long.',
    action: startAgain,
    spec: security('5.1.3'),
  },
  launch_nonce_missing: {
    status: 400,
    sentence: 'The learning platform left out the number that makes this launch single-use.',
    action: tellAdministrator,
    spec: security('5.1.3'),
  },
  launch_nonce_invalid: {
    status: 400,
    sentence: 'This launch does not belong to the sign-in that was started.',
    action: startAgain,
    spec: security('5.1.3'),
  },
  launch_version_unsupported: {
    status: 400,
    sentence: 'The learning platform speaks a version of LTI that is not supported here.',
    action: tellAdministrator,
    spec: core('5.3.2'),
  },
  launch_message_type_unsupported: {
    status: 400,
    sentence: 'The learning platform asked for something that this tool does not offer.',
    action: tellAdministrator,
    spec: core('5.3.1'),
  },
  launch_claim_missing: {
    status: 400,
    sentence: 'The learning platform left out something that every launch must say.',
    action: tellAdministrator,
    spec: core('5.3'),
  },
  launch_claim_invalid: {
    status: 400,
    sentence: 'The learning platform said something in a way that cannot be understood.',
    action: tellAdministrator,
    spec: core('5.3'),
  },
  launch_target_invalid: {
    status: 400,
    sentence: 'This launch leads somewhere else than the link that was opened.',
    action: startAgain,
    spec: core('5.3.4'),
  },

  // --- deep linking: our page, and what the application posts to it
  dl_session_unknown: {
    status: 404,
    sentence: 'This selection does not belong to an open page of your course.',
    action: startAgain,
    spec: own,
  },
  dl_session_expired: {
    status: 410,
    sentence: 'Choosing took too long.',
    action: startAgain,
    spec: own,
  },
  dl_session_consumed: {
    status: 409,
    sentence: 'Something was chosen here already.',
    action: startAgain,
    spec: own,
  },
  dl_origin_not_allowed: {
    status: 403,
    sentence: 'This selection did not come from the page that was opened in your course.',
    action: startAgain,
    spec: 'RFC 9700, section 4.17',
  },
  dl_payload_invalid: {
    status: 422,
    sentence: 'The application sent a selection that cannot be used.',
    action: 'Choose again, or tell the people who make the application.',
    spec: 'LTI Deep Linking 2.0, section 3',
  },
  dl_payload_too_large: {
    status: 413,
    sentence: 'The application sent more than fits into one selection.',
    action: 'Choose less at once.',
    spec: own,
  },
  dl_type_not_accepted: {
    status: 422,
    sentence: 'The learning platform does not take what was chosen.',
    action: 'Choose something else.',
    spec: 'LTI Deep Linking 2.0, section 4.4.1',
  },
  dl_return_url_invalid: {
    status: 400,
    sentence: 'The learning platform did not say where a selection may be sent safely.',
    action: tellAdministrator,
    spec: 'LTI Deep Linking 2.0, section 4.4.1',
  },

  // --- the bridge as a whole
  tool_not_configured: {
    status: 503,
    sentence: 'The application behind this link is not set up yet.',
    action: tellAdministrator,
    spec: own,
  },
  egress_blocked: {
    status: 502,
    sentence: 'An address outside could not be called, because it is not allowed here.',
    action: tellAdministrator,
    spec: own,
  },
  lms_unreachable: {
    status: 502,
    sentence: 'The learning platform did not answer.',
    action: tryLater,
    spec: own,
  },
  rate_limited: {
    status: 429,
    sentence: 'Too many requests came from your network at once.',
    action: tryLater,
    spec: 'RFC 6585, section 4',
  },
  body_too_large: {
    status: 413,
    sentence: 'The request is larger than allowed.',
    action: 'Send less at once.',
    spec: 'RFC 9110, section 15.5.14',
  },
  request_invalid: {
    status: 400,
    sentence: 'The request is not complete or not understood.',
    action: fixRequest,
    spec: own,
  },
  unauthorized: {
    status: 401,
    sentence: 'This needs the right token.',
    action: 'Send the token as "Authorization: Bearer …".',
    spec: 'RFC 6750, section 3.1',
  },
  token_expired: {
    status: 401,
    sentence: 'The access token has expired.',
    action: 'Get a new one with the refresh token.',
    spec: 'RFC 6750, section 3.1',
  },
  not_found: {
    status: 404,
    sentence: 'There is nothing here.',
    action: 'Check the address.',
    spec: 'RFC 9110, section 15.5.5',
  },
  method_not_allowed: {
    status: 405,
    sentence: 'This address does not take that kind of request.',
    action: 'Check the method.',
    spec: 'RFC 9110, section 15.5.6',
  },
  conflict: {
    status: 409,
    sentence: 'This exists already.',
    action: 'Use what is there, or say that a second one is meant.',
    spec: 'RFC 9110, section 15.5.10',
  },
  host_unknown: {
    status: 421,
    sentence: 'This server does not answer under that name.',
    action: 'Use the address that its operator gave you.',
    spec: 'RFC 9110, section 15.5.20',
  },
  storage_unavailable: {
    status: 503,
    sentence: 'The service cannot reach its storage at the moment.',
    action: tryLater,
    spec: own,
  },
  internal_error: {
    status: 500,
    sentence: 'Something went wrong on our side.',
    action:
      'Try again, and if it happens again, give the reference below to the person who runs this service.',
    spec: own,
  },
} as const satisfies Record<string, CatalogueRow>;

export type ErrorCode = keyof typeof catalogue;

export interface BridgeErrorOptions {
  /** For the log and the operator: what exactly was wrong. Never a token, a secret or a name. */
  detail?: string;
  /** The field or claim at fault, in the caller's own spelling. */
  field?: string;
  /** Seconds after which to try again, for 429 and 503. */
  retryAfter?: number;
  /** What the other side said about it, for the person to read; shown as a quotation, escaped. */
  quote?: string;
  cause?: unknown;
}

/** A refusal with a code of the catalogue. Thrown anywhere, caught once at the door (server/http/doors.ts). */
export class BridgeError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;
  readonly quote: string | undefined;

  constructor(code: ErrorCode, options: BridgeErrorOptions = {}) {
    super(options.detail ? `${code}: ${options.detail}` : code, { cause: options.cause });
    this.name = 'BridgeError';
    this.code = code;
    this.status = catalogue[code].status;
    this.detail = options.detail;
    this.field = options.field;
    this.quote = options.quote;
    this.retryAfter = options.retryAfter ?? (this.status === 503 ? 5 : undefined);
  }

  get row(): CatalogueRow {
    return catalogue[this.code];
  }
}
