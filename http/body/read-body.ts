// Owns getting a request's bytes: type and length are judged before anything is read, and reading stops at the limit.
// Refuses to know what the bytes mean.
import { type Refusal, refuse } from '#http/problem.ts';

/** For everything but usage events. */
export const BODY_BYTES_MAX = 1_000_000;

export type Bytes = { readonly ok: true; readonly bytes: Uint8Array };

/** The essence of a content type: lower case, without parameters. Undefined when absent. */
export function mediaType(request: Request): string | undefined {
  return request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}

/** Refuses bodies that are compressed, and those that say they are longer than `bytesMax`. */
export function refuseUnreadable(request: Request, bytesMax: number): Refusal | undefined {
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    return refuse('unsupported_encoding', 'Send the body without content encoding.', {
      'accept-encoding': 'identity',
    });
  }
  const length = request.headers.get('content-length');
  return length !== null && Number(length) > bytesMax ? tooLarge(bytesMax) : undefined;
}

/** The whole body, at most `bytesMax` bytes of it. Codes: unsupported_encoding, body_too_large, body_incomplete. */
export async function readBody(request: Request, bytesMax: number): Promise<Bytes | Refusal> {
  const unreadable = refuseUnreadable(request, bytesMax);
  if (unreadable) return unreadable;
  try {
    // With a length the server enforces it; without one (chunked) we count.
    if (request.headers.has('content-length')) {
      const bytes = new Uint8Array(await request.arrayBuffer());
      return bytes.length > bytesMax ? tooLarge(bytesMax) : { ok: true, bytes };
    }
    return await readCounted(request.body, bytesMax);
  } catch {
    return refuse('body_incomplete', 'The connection ended before the body did.');
  }
}

async function readCounted(
  body: ReadableStream<Uint8Array> | null,
  bytesMax: number,
): Promise<Bytes | Refusal> {
  if (body === null) return { ok: true, bytes: new Uint8Array() };
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    // Leaving the loop cancels the stream.
    if (length > bytesMax) return tooLarge(bytesMax);
    chunks.push(chunk);
  }
  return { ok: true, bytes: Buffer.concat(chunks) };
}

function tooLarge(bytesMax: number): Refusal {
  return refuse('body_too_large', `The body may have at most ${bytesMax} bytes.`, { connection: 'close' });
}
