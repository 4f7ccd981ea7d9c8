/** A type's name without LowCardinality and Nullable around it. */
export function unwrappedType(type: string): { base: string; isNullable: boolean } {
  const inner = /^LowCardinality\((.*)\)$/.exec(type)?.[1] ?? type;
  const base = /^Nullable\((.*)\)$/.exec(inner)?.[1];
  return { base: base ?? inner, isNullable: base !== undefined };
}
