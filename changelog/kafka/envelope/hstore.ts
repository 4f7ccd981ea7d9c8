import { ByteSink } from '../records/byte-sink.ts';
import { writeJsonString } from './json-text.ts';

const PAIR = /"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)/gs;

/** `"a"=>"1", "b"=>NULL` as the object `{"a":"1","b":null}`. */
export function writeHstoreMap(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const pairs: string[] = [];
  for (const [, key = '', value] of bytes.toString('utf8', start, end).matchAll(PAIR)) {
    pairs.push(`${JSON.stringify(unescaped(key))}:${value === undefined ? 'null' : JSON.stringify(unescaped(value))}`);
  }
  out.append(Buffer.from(`{${pairs.join(',')}}`));
}

/** The same object, as text. */
export function writeHstoreJson(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const map = new ByteSink(end - start + 16);
  writeHstoreMap(map, bytes, start, end);
  writeJsonString(out, map.bytes, 0, map.length);
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}
