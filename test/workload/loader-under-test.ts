import type { KafkaConfig, WarehouseConfig } from '../../runtime/config/config.ts';
import { keepProcess, type ProcessStart, type ProcessUnderTest } from './process-under-test.ts';

export interface LoaderStart extends ProcessStart {
  readonly source: string;
  readonly url: string;
  readonly warehouse: WarehouseConfig;
  readonly kafka: KafkaConfig;
}

/** One more loader of a source, beside that of ingest. */
export type LoaderUnderTest = ProcessUnderTest;

export function startLoader(start: LoaderStart): LoaderUnderTest {
  return keepProcess('loader-process.ts', start);
}
