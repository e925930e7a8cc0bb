/** Judges what came to deep_link_return_url (Deep Linking 2.0 section 4.5): the strictest LMSs in one. */
import { claim } from '../vocabulary.js';
import { claimProblems } from './claim-rules.js';
import { itemProblems, type ContentItem } from './item-rules.js';
import type { DeepLinkRequest, DeepLinkRequests } from './requests.js';
import { problem, verifySignature, type Problem, type ReadKeySet } from './signature.js';

export interface Judgement {
  /** As it came, to be looked at. */
  jwt: string;
  /** Everything that is wrong with it; empty when it counts. */
  problems: Problem[];
  /** Only of an answer that counts. */
  items: ContentItem[];
  /** What the tool says to the person, in an answer that counts. */
  message?: string;
  error?: string;
}

export interface JudgeNeeds {
  issuer: string;
  requests: DeepLinkRequests;
  readKeySet: ReadKeySet;
  now: () => number;
}

export async function judgeAnswer(
  { issuer, requests, readKeySet, now }: JudgeNeeds,
  request: DeepLinkRequest,
  jwt: string,
): Promise<Judgement> {
  const signed = await verifySignature(jwt, readKeySet);
  if ('says' in signed) return { jwt, problems: [signed], items: [] };
  const { claims } = signed;
  const items = claims[claim.deepLinkingItems] ?? [];
  const problems = [
    ...claimProblems(claims, request, issuer, now() / 1_000),
    ...(Array.isArray(items) ? itemProblems(items, request.settings) : []),
  ];
  const counts = problems.length === 0;
  if (counts && !requests.spendNonce(request.clientId, String(claims.nonce)))
    problems.push(problem('nonce', 'was used before: this answer has come already'));
  return {
    jwt,
    problems,
    items: problems.length === 0 ? (items as ContentItem[]) : [],
    message: claims[claim.deepLinkingMessage] as string | undefined,
    error: claims[claim.deepLinkingError] as string | undefined,
  };
}
