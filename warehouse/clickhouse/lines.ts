/** Rows without their newlines as the text of a TabSeparated file. */
export function linesText(rows: readonly string[]): string {
  return rows.length === 0 ? '' : `${rows.join('\n')}\n`;
}
