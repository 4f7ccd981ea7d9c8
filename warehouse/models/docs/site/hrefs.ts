import type { LineageNode } from '../../lineage/lineage.ts';

export const FRONT_PAGE = 'index.html';
export const LINEAGE_PAGE = 'lineage.html';

/**
 * Path of a node's page within the site. A name may have any characters: all that is not plain in a file's name or in a
 * URL, and capitals, which some file systems do not tell apart, is written as `~` and its number.
 */
export function pageOf({ id, kind }: Pick<LineageNode, 'id' | 'kind'>): string {
  const name = id.replaceAll(/[^a-z0-9_.-]/gu, (character) => `~${character.codePointAt(0)?.toString(16)}~`);
  return `${kind === 'source' ? 'sources' : 'models'}/${name}.html`;
}

/** A path of the site as a page in `sources/` or `models/`, or at the top, writes it. */
export function relativeTo(page: string, path: string): string {
  return page.includes('/') ? `../${path}` : path;
}
