/** Compression with what every runtime has. */

type Bytes = Uint8Array<ArrayBuffer>;

/** Inflates gzip; undefined when that is larger than `most` bytes. Throws when it is damaged. */
export async function gunzip(packed: Bytes, most: number): Promise<Bytes | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const one of new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))) {
    length += one.length;
    if (length > most) return undefined;
    pieces.push(one);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

export async function gzip(plain: Bytes): Promise<Bytes> {
  const packed = new Blob([plain]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
