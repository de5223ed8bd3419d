import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** Counts what assistants do. These begin at nothing with every start of the app, as counters do. */
export type ServiceMetrics = {
  /** One call: `outcome` is `ok`, `asked`, or the code of its failure. `ms` is how long it took. */
  called(call: {
    readonly service: string;
    readonly tool: string;
    readonly outcome: string;
    readonly ms: number;
  }): void;
  /** A request that was turned away before it reached a service. */
  refused(reason: string): void;
  /** Adds them to what is scraped; `connections` is asked at every scrape. */
  register(registry: Registry, connections: () => number): void;
};

/** Durations from half a millisecond, where a point tool lies, to ten seconds. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of the services, with their fixed names. */
export function createServiceMetrics(): ServiceMetrics {
  const labelNames = ['service', 'tool'] as const;
  const registers: Registry[] = [];
  const requests = new Counter({ name: 'mcp_requests_total', help: 'Calls of assistants.', labelNames, registers });
  const errors = new Counter({
    name: 'mcp_request_errors_total',
    help: 'Calls of assistants that failed, by the code of the failure.',
    labelNames: [...labelNames, 'code'],
    registers,
  });
  const durations = new Histogram({
    name: 'mcp_request_duration_seconds',
    help: 'How long calls of assistants took.',
    labelNames,
    buckets,
    registers,
  });
  const refusals = new Counter({
    name: 'mcp_refused_total',
    help: 'Requests that were turned away at the door.',
    labelNames: ['reason'],
    registers,
  });

  return {
    called({ service, tool, outcome, ms }) {
      requests.inc({ service, tool });
      durations.observe({ service, tool }, ms / 1000);
      if (outcome !== 'ok' && outcome !== 'asked') errors.inc({ service, tool, code: outcome });
    },
    refused: (reason) => refusals.inc({ reason }),
    register(registry, connections) {
      registry.registerMetric(requests);
      registry.registerMetric(errors);
      registry.registerMetric(durations);
      registry.registerMetric(refusals);
      const active = new Gauge({
        name: 'mcp_active_connections',
        help: 'Open connections of assistants.',
        registers: [],
        collect() {
          this.set(connections());
        },
      });
      registry.registerMetric(active);
    },
  };
}
