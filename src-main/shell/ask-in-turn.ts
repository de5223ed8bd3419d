/**
 * Asks one question at a time. The returned function asks; while an answer is awaited, it only sees to it that the question is asked once more
 * afterwards, so that the last answer is never older than the last call.
 */
export function askInTurn(ask: () => Promise<void>): () => void {
  let asking = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      await ask();
    } finally {
      asking = false;
    }
    if (!again) return;
    again = false;
    await run();
  };
  return () => void run();
}
