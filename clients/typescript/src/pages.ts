/** A page of `/v1/views/{view}`. */
export interface Page<Row> {
  readonly data: readonly Row[];
  readonly meta: { readonly next_cursor?: string | null };
}

/** All rows, a page at a time: `ask` is called with the cursor of each page, all of which are of the state of the first one. */
export async function* rowsOfPages<Row>(
  ask: (cursor: string | undefined) => Promise<{ readonly data?: Page<Row> }>,
): AsyncGenerator<Row> {
  let cursor: string | undefined;
  do {
    const { data: page } = await ask(cursor);
    yield* page?.data ?? [];
    cursor = page?.meta.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
