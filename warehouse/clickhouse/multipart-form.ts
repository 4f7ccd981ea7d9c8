import { randomUUID } from 'node:crypto';

export interface FormPart {
  readonly name: string;
  readonly content: string;
  /** A file has its name as file name. */
  readonly isFile: boolean;
}

/** `multipart/form-data` (RFC 7578) as one buffer: FormData with Blobs copies what it is given several times. */
export function multipartForm(parts: readonly FormPart[]): { contentType: string; body: Buffer } {
  const boundary = `millrace-${randomUUID()}`;
  const pieces: string[] = [];
  for (const { name, content, isFile } of parts) {
    const file = isFile ? `; filename="${name}"` : '';
    pieces.push(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`, content, '\r\n');
  }
  pieces.push(`--${boundary}--\r\n`);
  const body = Buffer.allocUnsafe(pieces.reduce((bytes, piece) => bytes + Buffer.byteLength(piece), 0));
  let at = 0;
  for (const piece of pieces) at += body.write(piece, at);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}
