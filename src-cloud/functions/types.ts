/** What the runtime gives every function, as hosted Edge Functions do. */
export type FunctionEnv = {
  readonly SUPABASE_URL: string;
  readonly SUPABASE_ANON_KEY: string;
  readonly SUPABASE_SERVICE_ROLE_KEY: string;
};

/** An Edge Function: web standards only, so that it runs in Deno as it is. */
export type FunctionHandler = (request: Request, env: FunctionEnv) => Promise<Response>;
