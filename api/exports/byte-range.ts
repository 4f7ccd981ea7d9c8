/** Bytes of a file, both ends part of it. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What `Range` asks of a file of so many bytes (https://www.rfc-editor.org/rfc/rfc9110#section-14.2). What cannot be read, is of
 * another version (`If-Range`) or is several ranges is answered with the whole file, as the RFC allows.
 */
export function readRange(
  { range, ifRange }: { range: string | undefined; ifRange: string | undefined },
  file: { bytes: number; tag: string },
): ByteRange | 'whole' | 'unsatisfiable' {
  if (range === undefined || (ifRange !== undefined && ifRange.trim() !== file.tag)) return 'whole';
  const [, from = '', to = ''] = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(range.trim()) ?? [];
  if (from === '' && to === '') return 'whole';
  const { bytes } = file;
  if (from === '') {
    const length = Math.min(Number(to), bytes);
    return length === 0 ? 'unsatisfiable' : { first: bytes - length, last: bytes - 1 };
  }
  const first = Number(from);
  const last = to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (to !== '' && Number(to) < first) return 'whole';
  return first >= bytes ? 'unsatisfiable' : { first, last };
}
