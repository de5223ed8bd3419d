/** Asks again and again until the answer is there; says what it last saw when time is up. No fixed sleeps anywhere else. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  ms = 20_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`Waited ${ms} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
