/** What the demonstration application says when a launch or a request did not work out. */
import { AuthorizationResponseError, ClientError } from 'openid-client';
import { oauthErrorOf } from './bridge-client.js';

export interface Problem {
  status: number;
  sentence: string;
  action: string;
  /** For whoever tries the sandbox out. */
  detail: string;
}

const openAgain = 'Go back to the course and open the link again.';

export function exchangeProblem(error: unknown): Problem {
  const oauthError = oauthErrorOf(error);
  if (oauthError === 'invalid_grant') {
    return {
      status: 400,
      sentence: 'This page was opened by a code that works only once, and for a minute.',
      action: openAgain,
      detail: 'The token endpoint answered invalid_grant.',
    };
  }
  if (error instanceof AuthorizationResponseError) {
    return {
      status: 400,
      sentence: 'The bridge could not sign you in.',
      action: openAgain,
      detail: `It said ${error.error}${error.error_description ? `: ${error.error_description}` : ''}`,
    };
  }
  return {
    status: 502,
    sentence: 'The bridge did not answer as expected.',
    action: openAgain,
    detail: oauthError ? `The token endpoint answered ${oauthError}.` : nameOf(error),
  };
}

export function refreshProblem(error: unknown): Problem {
  const problem = exchangeProblem(error);
  if (oauthErrorOf(error) !== 'invalid_grant') return problem;
  return { ...problem, sentence: 'The bridge no longer accepts the refresh token of this launch.' };
}

export const noCode: Problem = {
  status: 400,
  sentence: 'This page opens from a course only.',
  action: openAgain,
  detail: 'The address has no code.',
};

export const noSession: Problem = {
  status: 400,
  sentence: 'Your browser did not bring this application’s cookie back.',
  action: 'Go back to the course and open the link in a new window, or open it again.',
  detail:
    'The session ended, or the browser keeps no cookies in frames. What you saw before did not need one.',
};

function nameOf(error: unknown): string {
  if (error instanceof ClientError) return `${error.message} (${error.code ?? 'no code'})`;
  return error instanceof Error ? error.name : 'unknown';
}
