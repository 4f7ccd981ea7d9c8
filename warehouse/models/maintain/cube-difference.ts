import type { ModelColumn } from '../store/model-table.ts';

/**
 * What has to be added to a cube: its cells over the rows as they are, less its cells over the rows as they were. Both as
 * TabSeparated lines in the cube's columns; so is the answer, without cells in which nothing changed. Measures are integers
 * and decimals (`differenceType`), so the sums are exact.
 */
export function cubeDifference(options: {
  columns: readonly ModelColumn[];
  isMeasure: (column: ModelColumn) => boolean;
  before: string;
  after: string;
}): string[] {
  const { columns, isMeasure, before, after } = options;
  // Most cells that were looked at are as they were: only the others are taken apart.
  const gone = new Map<string, number>();
  for (const line of linesOf(before)) gone.set(line, (gone.get(line) ?? 0) + 1);
  const come = linesOf(after).filter((line) => {
    const times = gone.get(line) ?? 0;
    if (times > 0) gone.set(line, times - 1);
    return times === 0;
  });
  // Where there was nothing, what is there now is the difference.
  if (before === '') return come;
  const scales = columns.map((column) => (isMeasure(column) ? scaleOf(column.type) : null));
  const cells = new Map<string, { fields: string[]; sums: bigint[] }>();

  function add(line: string, sign: bigint): void {
    const fields = line.split('\t');
    const key = fields.filter((_, i) => scales[i] === null).join('\t');
    const cell = cells.get(key) ?? { fields, sums: scales.map(() => 0n) };
    cells.set(key, cell);
    for (const [i, scale] of scales.entries()) {
      if (scale !== null) cell.sums[i] = (cell.sums[i] as bigint) + sign * scaled(fields[i] as string, scale);
    }
  }

  for (const [line, times] of gone) for (let i = 0; i < times; i++) add(line, -1n);
  for (const line of come) add(line, 1n);
  return [...cells.values()]
    .filter(({ sums }) => sums.some((sum) => sum !== 0n))
    .map(({ fields, sums }) =>
      fields
        .map((field, i) => {
          const scale = scales[i];
          return scale == null ? field : unscaled(sums[i] as bigint, scale);
        })
        .join('\t'),
    );
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Digits behind the point of `Int64`, `UInt64` or `Decimal(38, 2)`. */
function scaleOf(type: string): number {
  return Number(/^Decimal\(\d+, (\d+)\)$/.exec(type)?.[1] ?? 0);
}

/** ClickHouse leaves out zeros at the end. */
function scaled(text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
}

function unscaled(value: bigint, scale: number): string {
  if (scale === 0) return value.toString();
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
