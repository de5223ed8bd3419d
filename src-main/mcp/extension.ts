import type { McpServer, ServerContext } from '@modelcontextprotocol/server';

/** What a test build may use of the host to add its own tools to a server. */
export type Extension = {
  /** Signs what a question carries to the client and back, as the product's own questions are signed. */
  mint(call: string, context: ServerContext): Promise<string>;
  toolsChanged(): void;
  promptsChanged(): void;
};

/** Adds to a server what is not a service, and answers the tools to list. The product has none: the conformance suite's fixtures come this way. */
export type Extend = (server: McpServer, host: Extension) => readonly object[];
