/** What the runtime gives every function: as hosted Edge Functions do, and one secret of the project's own. */
export type FunctionEnv = {
  readonly SUPABASE_URL: string;
  readonly SUPABASE_ANON_KEY: string;
  readonly SUPABASE_SERVICE_ROLE_KEY: string;
  /** The project's JWT secret (hosted: a function secret, whose name may not start with SUPABASE_). */
  readonly PULSER_JWT_SECRET: string;
  /** Private keys that open change bundles (bundle-keys.ts), between spaces; PCs are told the first. A function secret as well. */
  readonly PULSER_BUNDLE_KEY?: string;
};

/** An Edge Function: web standards only, so that it runs in Deno as it is. */
export type FunctionHandler = (request: Request, env: FunctionEnv) => Promise<Response>;
