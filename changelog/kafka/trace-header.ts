import type { FetchedMessage } from './client/kafka-client.ts';
import type { Header } from './records/record-batch.ts';

/** W3C Trace Context: the header's name is its own (https://www.w3.org/TR/trace-context/#traceparent-header). */
const TRACEPARENT = Buffer.from('traceparent');

export function traceHeaders(traceparent: string | undefined): readonly Header[] {
  return traceparent === undefined ? [] : [{ name: TRACEPARENT, value: Buffer.from(traceparent) }];
}

export function traceparentOf(message: Pick<FetchedMessage, 'header'>): string | null {
  return message.header(TRACEPARENT)?.toString() ?? null;
}
