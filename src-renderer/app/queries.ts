import {
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Caller, CommandInput, CommandName, CommandOutput, CommandResult } from '#shared/contract/commands.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { ShellCalls } from '#shared/contract/names.ts';
import { createCoalescer, queriesTouchedBy, type QueryName } from './invalidation.ts';

/** An expected failure of the contract on its way through TanStack Query, which only knows thrown errors. */
export class CommandFailure extends Error {
  readonly failure: AppError;
  constructor(failure: AppError) {
    super(failure.message);
    this.name = 'CommandFailure';
    this.failure = failure;
  }
}

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: CommandFailure;
  }
}

/** What the screens reach the app by. */
export type App = { caller: Caller; shell: ShellCalls };
const AppContext = createContext<App | null>(null);
export const AppProvider = AppContext.Provider;

/** The app around this screen. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error('No AppProvider above this component');
  return app;
}

function unwrap<N extends CommandName>(result: CommandResult<N>): CommandOutput<N> {
  if (!result.ok) throw new CommandFailure(result.error);
  return result.value;
}

/** Queries never go stale by time: announcements of the host say when to ask again. Works without any network. */
export function createQueryClient(): QueryClient {
  const networkMode = 'always';
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode,
        staleTime: Infinity,
        refetchOnWindowFocus: false,
        retry: (count, error) => count < 2 && error instanceof CommandFailure && error.failure.retryable,
        retryDelay: (count) => 500 * 2 ** count,
      },
      mutations: { networkMode, retry: false },
    },
  });
}

/** Keeps the queries true: asks again when the host announces changed tables. Returns the function that ends it. */
export function followAnnouncements(caller: Caller, queries: QueryClient): () => void {
  const refresh = (name: QueryName): void => void queries.invalidateQueries({ queryKey: [name] });
  const coalescer = createCoalescer({ setTimer: (run, ms) => window.setTimeout(run, ms) }, 250, (tables) => {
    for (const name of queriesTouchedBy(tables)) refresh(name);
  });
  const ends = [
    caller.on('changes', ({ tables }) => coalescer.add(tables)),
    caller.on('status', () => refresh('status.get')),
    caller.on('import', () => coalescer.add(['_import'])),
  ];
  return () => {
    for (const end of ends) end();
  };
}

type QuerySettings = { refetchEveryMs?: number };

/** How TanStack asks a reading command: the same key and answer wherever it is used. */
export function commandQuery<N extends QueryName>(caller: Caller, name: N, input: CommandInput<N>) {
  return {
    queryKey: [name, input],
    queryFn: async (): Promise<CommandOutput<N>> => unwrap(await caller.call(name, input)),
  };
}

/** The answer of a reading command, kept true by announcements. */
export function useCommand<N extends QueryName>(
  name: N,
  input: CommandInput<N>,
  settings: QuerySettings = {},
): UseQueryResult<CommandOutput<N>, CommandFailure> {
  const { caller } = useApp();
  return useQuery<CommandOutput<N>, CommandFailure>({
    ...commandQuery(caller, name, input),
    placeholderData: keepPreviousData,
    refetchInterval: settings.refetchEveryMs ?? false,
  });
}

type ListName = Extract<
  QueryName,
  'queue.list' | 'conflicts.list' | 'sales.list' | 'products.list' | 'customers.list' | 'services.calls'
>;
type ItemOf<N extends ListName> = CommandOutput<N>['items'][number];

/** A long list in pages; `more` loads the next one. `loading` is true only while there is nothing to show yet. */
export type Pages<T> = {
  items: T[];
  total: number;
  loading: boolean;
  failure: AppError | null;
  hasMore: boolean;
  loadingMore: boolean;
  more: () => void;
  again: () => void;
};

type PagesSettings = {
  /** False keeps the list as it is, whatever is announced. */
  live?: boolean;
  /** Another number begins again with the first page. */
  run?: number;
};

/** The pages of a listing command, 50 rows each. */
export function usePages<N extends ListName>(
  name: N,
  input: Omit<CommandInput<N>, 'cursor'>,
  { live = true, run = 0 }: PagesSettings = {},
): Pages<ItemOf<N>> {
  const { caller } = useApp();
  const query = useInfiniteQuery({
    queryKey: [name, input, 'pages', run],
    queryFn: async ({ pageParam }) => {
      const cursor = pageParam === null ? {} : { cursor: pageParam };
      return unwrap(await caller.call(name, { ...input, ...cursor } as CommandInput<N>));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    enabled: live,
  });
  const pages = query.data?.pages ?? [];
  return {
    items: pages.flatMap((page) => page.items as ItemOf<N>[]),
    total: pages[0]?.total ?? 0,
    loading: query.isPending,
    failure: query.error?.failure ?? null,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    again: () => void query.refetch(),
  };
}

/** A command that changes something. The host announces what changed, so nothing is invalidated here. */
export function useDo<N extends CommandName>(
  name: N,
): UseMutationResult<CommandOutput<N>, CommandFailure, CommandInput<N>> {
  const { caller } = useApp();
  return useMutation<CommandOutput<N>, CommandFailure, CommandInput<N>>({
    mutationKey: [name],
    mutationFn: async (input) => unwrap(await caller.call(name, input)),
  });
}
