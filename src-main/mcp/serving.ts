import type { McpServer } from '@modelcontextprotocol/server';
import type { ListedTool } from '#main/services/base/tool-list.ts';
import type { Service } from '#main/services/base/types.ts';
import type { Client } from './access.ts';
import type { ToolServing } from './serve-tool.ts';

/** One call as it ended. */
export type Ended = {
  readonly client: Client;
  readonly service: string;
  readonly kind: 'tool' | 'resource' | 'prompt';
  readonly name: string;
  /** `ok`, `asked`, or the code of the failure. */
  readonly outcome: string;
  readonly ms: number;
  readonly bytes: number;
};

export type ServerDeps = ToolServing & {
  /** Milliseconds on a steady clock. */
  readonly clock: () => number;
  readonly onEnded: (call: Ended) => void;
  /** Runs a call, and is waited for before the store closes. */
  readonly running: <T>(work: Promise<T>) => Promise<T>;
  /** Adds to a server what is not a service: only a test build has something here. */
  readonly extend: ((server: McpServer) => readonly object[]) | null;
};

export type ServerPlan = { readonly service: Service; readonly listed: ReadonlyMap<string, ListedTool> };

/** What a server is built from, and for whom. */
export type Serving = {
  readonly deps: ServerDeps;
  readonly plan: ServerPlan;
  readonly client: Client;
  readonly canAsk: boolean | null;
  readonly server: McpServer;
};
