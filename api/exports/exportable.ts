import type { Readable } from 'node:stream';
import type { Published } from '../../warehouse/published/published.ts';
import type { Format } from '../formats/format.ts';
import type { RequestReader } from '../warehouse-reader.ts';

/** What a file can be written as beside the request; JSON is for answers that fit into one. */
export type ExportFormat = Exclude<Format, 'json'>;

/** A route whose whole answer can be written to a file beside the request. */
export interface Exportable {
  readonly method: 'GET' | 'POST';
  /** Pattern of the address, as the route has it. */
  readonly route: string;
  /** Throws what the request itself would be refused with. Called as whoever asks (`withCall`). */
  accept(asked: ExportQuestion): Promise<ExportAnswer>;
}

export interface ExportQuestion {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly body: unknown;
  /** Aborted when nobody waits for it to be accepted any more. */
  readonly gone: AbortSignal;
}

/** A question that was understood, at one state. */
export interface ExportAnswer {
  readonly published: Published;
  /** Of the file, without the state and what it ends in. */
  readonly fileName: string;
  /**
   * All rows as bytes, at the pace of whoever reads them, and how many there are. Called once, later, and again as whoever asked. Throws
   * what the request would end with; later the stream fails. Everything ends with the reader's request.
   */
  open(format: ExportFormat, reader: RequestReader, signal: AbortSignal): Promise<ExportContent>;
}

export interface ExportContent {
  readonly rows: number;
  readonly content: Readable;
}
