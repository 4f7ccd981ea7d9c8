/** A row by column, as TabSeparated texts. */
export type TextRow = Readonly<Record<string, string>>;

export interface FoldedVersion {
  values: TextRow;
  readonly from: string;
  to: string | null;
}

/**
 * Versions of rows, worked out from whole states one after the other: what a table of versions has to be equal to, however
 * it is kept. For one key column.
 */
export interface FoldedVersions {
  /** `added`: columns that the state has for the first time, which is no change of a row. */
  fold(state: readonly TextRow[], moment: string, added?: readonly string[]): void;
  all(): readonly (FoldedVersion & { readonly key: string })[];
}

export function createFoldedVersions(key: string, beginning: string): FoldedVersions {
  const versions = new Map<string, FoldedVersion[]>();
  let hasBegun = false;
  return {
    fold(state, moment, added = []) {
      const rows = new Map(state.map((row) => [row[key] as string, row]));
      for (const [id, of] of versions) {
        const current = of.at(-1) as FoldedVersion;
        if (current.to !== null) continue;
        const row = rows.get(id);
        const isSame =
          row !== undefined &&
          Object.keys(row).every((name) => added.includes(name) || row[name] === current.values[name]);
        if (isSame)
          current.values = {
            ...current.values,
            ...Object.fromEntries(added.map((name) => [name, row[name] as string])),
          };
        else current.to = moment;
      }
      for (const [id, row] of rows) {
        const of = versions.get(id) ?? [];
        versions.set(id, of);
        if (of.length === 0 || of.at(-1)?.to !== null)
          of.push({ values: row, from: hasBegun ? moment : beginning, to: null });
      }
      hasBegun = true;
    },
    all: () => [...versions].flatMap(([id, of]) => of.map((version) => ({ key: id, ...version }))),
  };
}
