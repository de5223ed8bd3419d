import type { z } from 'zod';
import type { AppError } from '#shared/contract/errors.ts';
import type { Result } from '#shared/result.ts';
import type { ToolError } from './tool-error.ts';

/** Who calls: the name that the operator gave the client, and the id of its token. */
export type Caller = { readonly client: string; readonly tokenId: string };

/** What a tool, a resource or a prompt gets beside its arguments. `D` is what the service was opened with. */
export type ToolContext<D> = {
  readonly deps: D;
  readonly caller: Caller;
  /** Whom a change is said to come from, for `store.transaction`: the client by its name. */
  readonly actor: string;
  /** Aborts when the client cancels or is gone, and when the host stops. Long work looks at it. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Tells the client how far the work is; costs nothing when it did not ask. Call it at least every ten seconds of long work. */
  readonly progress: (done: number, total?: number, message?: string) => void;
};

/** What `run` answers: a value of the output schema, or an expected failure. Failures of the contract may be passed on as they are. */
export type ToolResult<T> = Result<T, ToolError | AppError>;
type Awaitable<T> = T | Promise<T>;

export type ToolHints = {
  /** It can destroy what was there (a void, a deletion). False for reading. */
  readonly destructive: boolean;
  /** The same call twice has the effect of one. */
  readonly idempotent: boolean;
  /** It reaches beyond this PC and its store: the network. */
  readonly openWorld: boolean;
};

type ToolCommon = {
  /** snake_case, at most 40 characters. */
  readonly name: string;
  readonly title: string;
  /** One paragraph: what it does, when to use it, its limits. */
  readonly description: string;
  readonly hints: ToolHints;
  /** `write` needs the tier read-write and a token that may write; the rate limit of writes counts it. */
  readonly access: 'read' | 'write';
  /** Off until the operator switches it on: for tools that are rarely wanted. */
  readonly offByDefault?: true;
  /** The result quotes texts that customers or clerks wrote: it is marked as data, not as instructions. */
  readonly quotesPeople?: true;
};

/** A tool that answers one object. */
export type ToolDefinition<D, I extends z.ZodObject, O extends z.ZodObject> = ToolCommon & {
  /** A flat object; every field described. Unknown fields are refused. */
  readonly input: I;
  /** Always an object. `left_out` is added to it by the base. */
  readonly output: O;
  /** Fields of the output that hold lists which may be cut from their end when the result is too long, in the order of cutting. */
  readonly trim?: readonly (keyof z.output<O> & string)[];
  /**
   * The question a person must say yes to before it runs, null when this call needs none. Only tools with `hints.destructive` ask. May fail when
   * the call cannot work anyway.
   */
  readonly confirm?: (args: z.output<I>, context: ToolContext<D>) => Awaitable<ToolResult<string | null>>;
  readonly run: (args: z.output<I>, context: ToolContext<D>) => Awaitable<ToolResult<z.input<O>>>;
};

/** The sort key of an item. */
export type PageKey = readonly (string | number | null)[];

/** Where a page begins, and how long it may be. */
export type PageRequest<K> = {
  /** 1 to 100. */
  readonly limit: number;
  /** The sort key of the last item of the page before; null for the first page. */
  readonly after: K | null;
};

/** A tool that answers a list page by page. `limit`, `cursor`, `items`, `total`, `next_cursor` and `left_out` are the base's. */
export type ListToolDefinition<
  D,
  I extends z.ZodObject,
  T extends z.ZodObject,
  K extends PageKey,
  S extends z.ZodObject,
> = ToolCommon & {
  readonly input: I;
  /** One item of the list. */
  readonly item: T;
  /** The sort key as a tuple: what the opaque cursor carries. */
  readonly key: z.ZodType<K>;
  /** The key of an item, in the order of the list. */
  readonly keyOf: (item: z.input<T>) => K;
  /** Further fields of the answer beside the list, such as sums. */
  readonly summary?: S;
  /** `items` are at most `limit`; `total` counts all pages; `more` says whether items follow. */
  readonly run: (
    args: z.output<I>,
    page: PageRequest<NoInfer<K>>,
    context: ToolContext<D>,
  ) => Awaitable<
    ToolResult<{ readonly items: readonly z.input<T>[]; readonly total: number; readonly more: boolean } & z.input<S>>
  >;
};

/** A tool as the base keeps it: its types are checked where it is defined, and its arguments where it is called. */
export type Tool<D> = ToolCommon & {
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly trim: readonly string[];
  /** How a list is cut: the cursor after an item, for these arguments. Null for tools that answer no list. */
  readonly cursorAfter: ((item: unknown, args: Readonly<Record<string, unknown>>) => string) | null;
  readonly confirm: ((args: never, context: ToolContext<D>) => Awaitable<ToolResult<string | null>>) | null;
  readonly run: (args: never, context: ToolContext<D>) => Awaitable<ToolResult<Readonly<Record<string, unknown>>>>;
};

export type Structured = Readonly<Record<string, unknown>>;

/** What a call came to: the structured value and the same as JSON text, or a failure. */
export type ToolAnswer = Result<{ readonly structured: Structured; readonly text: string }, ToolError>;

export type ResourceBody = { readonly mimeType: string; readonly text: string };

/** A resource with a fixed address, such as `pulser://scout/today`. */
export type Resource<D> = {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  readonly read: (context: ToolContext<D>) => Awaitable<ToolResult<ResourceBody>>;
};

/** Resources whose address has one variable part: `pulser://scout/product/{id}`. */
export type ResourceTemplate<D> = {
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** The values that begin with what was typed; at most 100 are offered. */
  readonly complete?: (typed: string, context: ToolContext<D>) => Awaitable<readonly string[]>;
  readonly read: (value: string, context: ToolContext<D>) => Awaitable<ToolResult<ResourceBody>>;
};

export type PromptArgument<D> = {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly complete?: (typed: string, context: ToolContext<D>) => Awaitable<readonly string[]>;
};

/** A question that a shop-keeper would ask, ready to be sent by their assistant. */
export type Prompt<D> = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly args: readonly PromptArgument<D>[];
  /** The text that the user is taken to have said. Only named arguments come, required ones always. */
  readonly render: (args: Readonly<Record<string, string>>, context: ToolContext<D>) => Awaitable<ToolResult<string>>;
};

/** One thing that a service leans on, and how it stands. */
export type HealthCheck = {
  readonly name: string;
  readonly state: 'ok' | 'degraded' | 'down';
  /** What that means for who uses it, in a plain sentence; empty when all is well. */
  readonly note: string;
};

export type ServiceDefinition<D> = {
  /** One short lower-case word: the end of its address, `/mcp/<id>`, and its scope, `mcp:<id>`. */
  readonly id: string;
  readonly title: string;
  /** For the assistant: what this service is for and how its tools go together. Under 1 kB. */
  readonly instructions: string;
  readonly version: string;
  readonly tools: readonly Tool<D>[];
  readonly resources: readonly Resource<D>[];
  readonly templates?: readonly ResourceTemplate<D>[];
  readonly prompts: readonly Prompt<D>[];
  /** What it leans on, looked at now; quick, and never throws. */
  readonly health: (deps: D) => Awaitable<readonly HealthCheck[]>;
};

/** A service opened with its deps: what the host serves. The type of the deps is sealed in. */
export type Service = Omit<ServiceDefinition<unknown>, 'health'> & {
  readonly deps: unknown;
  readonly health: () => Promise<readonly HealthCheck[]>;
};

/** A service that is defined, not yet opened: enough to list its tools. */
export type DefinedService<D> = ServiceDefinition<D> & { open(deps: D): Service };
