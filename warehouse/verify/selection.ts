/** What is to be verified; all of it where nothing is named. */
export interface Selection {
  readonly source: string | null;
  /** `<source>.<table>` or `<source>.<schema>.<table>`. */
  readonly table: string | null;
  readonly model: string | null;
}

/** A name of one kind chooses nothing of the other. */
export const isChosen = {
  source({ source, table, model }: Selection, name: string): boolean {
    if (source !== null && source !== name) return false;
    if (table !== null) return table.startsWith(`${name}.`);
    return model === null || source !== null;
  },
  table(selection: Selection, source: string, { schema, table }: { schema: string; table: string }): boolean {
    if (selection.table === null) return isChosen.source(selection, source);
    return [`${source}.${table}`, `${source}.${schema}.${table}`].includes(selection.table);
  },
  models({ source, table, model }: Selection): boolean {
    return model !== null || (source === null && table === null);
  },
  model({ model }: Selection, name: string): boolean {
    return model === null || model === name;
  },
};
