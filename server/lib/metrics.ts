/** Counters and histograms in Prometheus' text format. Labels carry codes and route patterns, never ids or addresses. */
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface Metrics {
  requests: Histogram<'route' | 'method' | 'status'>;
  launches: Counter<'message_type' | 'intent'>;
  refusals: Counter<'code'>;
  tokens: Counter<'grant_type' | 'outcome'>;
  keySetFetches: Counter<'outcome'>;
  purged: Counter<'table'>;
  /** The whole registry in Prometheus' text format. */
  render(): Promise<string>;
  contentType: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    requests: new Histogram({
      name: 'bridge_http_request_seconds',
      help: 'Time to answer a request, by route pattern.',
      labelNames: ['route', 'method', 'status'] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    launches: new Counter({
      name: 'bridge_launches_total',
      help: 'Accepted launches.',
      labelNames: ['message_type', 'intent'] as const,
      registers,
    }),
    refusals: new Counter({
      name: 'bridge_refusals_total',
      help: 'Refusals by code.',
      labelNames: ['code'] as const,
      registers,
    }),
    tokens: new Counter({
      name: 'bridge_token_requests_total',
      help: 'Answers of the token endpoint.',
      labelNames: ['grant_type', 'outcome'] as const,
      registers,
    }),
    keySetFetches: new Counter({
      name: 'bridge_key_set_fetches_total',
      help: 'Requests for key sets of platforms.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    purged: new Counter({
      name: 'bridge_purged_rows_total',
      help: 'Rows that reached the end of their time.',
      labelNames: ['table'] as const,
      registers,
    }),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
