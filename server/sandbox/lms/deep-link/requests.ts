/** The deep-linking requests that this LMS has sent and that wait for their answer: some hours long, in memory. */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { DeepLinkingSettings } from '../message.js';

export interface DeepLinkRequest {
  id: string;
  schoolId: string;
  person: string;
  course: string;
  /** The tool's client_id here. */
  clientId: string;
  deploymentId: string;
  /** The launch that asked. */
  runId: string;
  settings: DeepLinkingSettings;
}

const hours = 5;

export class DeepLinkRequests {
  readonly #open = new LRUCache<string, DeepLinkRequest>({ max: 500, ttl: hours * 3_600_000 });
  readonly #seenNonces = new LRUCache<string, true>({ max: 10_000, ttl: hours * 3_600_000 });

  /** Opens a request whose answer comes back to this LMS. */
  open(lmsUrl: string, asked: Omit<DeepLinkRequest, 'id' | 'settings'>): DeepLinkRequest {
    const id = randomUUID();
    const request = { ...asked, id, settings: settingsFor(lmsUrl, id, asked.course) };
    this.#open.set(id, request);
    return request;
  }

  find(id: unknown): DeepLinkRequest | undefined {
    return typeof id === 'string' ? this.#open.get(id) : undefined;
  }

  /** @returns false when the nonce was used before */
  spendNonce(clientId: string, nonce: string): boolean {
    const key = `${clientId} ${nonce}`;
    if (this.#seenNonces.has(key)) return false;
    this.#seenNonces.set(key, true);
    return true;
  }
}

/**
 * Deep Linking 2.0 section 4.4.1. The return address has a query of its own and `data` has quotes and letters of several
 * scripts, because LMSs have such values and tools break on them.
 */
function settingsFor(lmsUrl: string, id: string, course: string): DeepLinkingSettings {
  return {
    deep_link_return_url: `${lmsUrl}/lti/deep-link-return?request=${id}&then=back%20to+the%26course`,
    accept_types: ['ltiResourceLink', 'link', 'html', 'image', 'file'],
    accept_media_types: 'image/*,text/html,application/pdf',
    accept_presentation_document_targets: ['iframe', 'window', 'embed'],
    accept_multiple: true,
    accept_lineitem: true,
    auto_create: false,
    title: '',
    text: '',
    data: `{"request":"${id}","course":"${course}","note":"“quotes”, ümlauts, 細胞 & <b>signs</b>"}`,
  };
}
