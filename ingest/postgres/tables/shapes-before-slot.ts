import type { CatalogQueries } from '../connection/catalog-connection.ts';
import type { TableShape } from '../snapshot/snapshot-book.ts';
import { describeTables, type PublishedTable } from './catalog.ts';
import { shapeChange } from './shape-change.ts';
import { qualifiedName } from './table-filter.ts';

/** Tables as the catalog had them before the slot was made. */
export interface ShapesBeforeSlot {
  /** Call before the slot is made. */
  look(client: CatalogQueries): Promise<void>;
  /** Whether a table was made, dropped or altered since. */
  isAltered(client: CatalogQueries): Promise<boolean>;
  /**
   * The table was not altered since: its rows can have the version of the slot's consistent point. Any other one begins at
   * a position of its own.
   */
  hasSame(table: PublishedTable): boolean;
}

export function createShapesBeforeSlot(publication: string): ShapesBeforeSlot {
  let shapes: ReadonlyMap<string, TableShape> = new Map();

  function hasSame(table: PublishedTable): boolean {
    const before = shapes.get(qualifiedName(table));
    return before !== undefined && shapeChange(before, table.shape) === 'none';
  }

  return {
    async look(client) {
      const tables = await describeTables(client, publication);
      shapes = new Map(tables.map((table) => [qualifiedName(table), table.shape]));
    },
    async isAltered(client) {
      const tables = await describeTables(client, publication);
      return tables.length !== shapes.size || !tables.every(hasSame);
    },
    hasSame,
  };
}
