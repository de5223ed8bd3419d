/** One-time enrolment codes: 12 characters without look-alikes (60 bits), shown in three groups. */

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Makes a code for a person to type. `random` are 12 bytes of cryptographic randomness. */
export function formatCode(random: Uint8Array): string {
  const letters = [...random.subarray(0, 12)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4, 8)}-${letters.slice(8)}`;
}

/** What is stored of a code: the sha256 (hex) of its letters, however they were typed (case, spaces, O for 0, I or L for 1). */
export async function hashCode(code: string): Promise<string> {
  const letters = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(letters));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
