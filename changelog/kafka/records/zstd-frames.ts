import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';
import type { ByteSink } from './byte-sink.ts';

/** Of envelopes, the default (3) makes nothing smaller, and takes nearly twice the time. */
const LEVEL = 1;
/** Frames are cut out of pieces of memory of this size: many fit into one. */
const PIECE_BYTES = 256 << 10;
/** As many as there are cores to spend on it at the most. */
const COMPRESSORS = 2;

/** One of zlib's streams, used for ever: each write to it is a frame by itself. Its own memory is a megabyte. */
class Compressor {
  /** Frames that it still has to make. */
  waiting = 0;
  #stream: ZstdCompress | null = null;
  #last: Promise<void> = Promise.resolve();
  #pieces: Buffer[] = [];

  append(bytes: Buffer, out: ByteSink): Promise<void> {
    this.waiting++;
    const made = this.#last.then(() => this.#frame(bytes, out));
    this.#last = made
      .catch(() => {})
      .then(() => {
        this.waiting--;
      });
    return made;
  }

  #frame(bytes: Buffer, out: ByteSink): Promise<void> {
    const stream = this.#stream ?? this.#open();
    return new Promise((resolve, reject) => {
      stream.write(bytes, (error) => {
        // What it has not told of yet is told of now.
        while (stream.read() !== null);
        const pieces = this.#pieces;
        this.#pieces = [];
        if (error instanceof Error) {
          this.#stream = null;
          reject(error);
          return;
        }
        for (const piece of pieces) out.append(piece);
        resolve();
      });
    });
  }

  #open(): ZstdCompress {
    const stream = createZstdCompress({
      chunkSize: PIECE_BYTES,
      // A frame ends with what is written, and has its length in front as the whole is known.
      flush: constants.ZSTD_e_end,
      params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
    });
    stream.on('data', (piece: Buffer) => this.#pieces.push(piece));
    stream.on('error', () => {}); // The write that it is of is told.
    this.#stream = stream;
    return stream;
  }
}

const compressors = Array.from({ length: COMPRESSORS }, () => new Compressor());

/**
 * Appends `bytes`, which must not change meanwhile, as one zstd frame. Outside of this thread, and without the contexts and
 * buffers that zlib makes for each call of `zstdCompress`: they are large, and the garbage collector runs for them.
 */
export function appendZstdFrame(bytes: Buffer, out: ByteSink): Promise<void> {
  let free = compressors[0] as Compressor;
  for (const each of compressors) if (each.waiting < free.waiting) free = each;
  return free.append(bytes, out);
}
