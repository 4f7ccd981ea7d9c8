import type { Random } from '../random.ts';
import type { Sql } from './service-connection.ts';

/**
 * Up to `count` neighbouring ids of a table with a bigint id, most often of its newest rows; fewer, or none, when it has
 * no more. Table names are ours, never input.
 */
export async function chooseIds(
  sql: Sql,
  random: Random,
  options: { table: string; count?: number; column?: string },
): Promise<number[]> {
  const { table, count = 1, column = 'id' } = options;
  const share = random.chance(0.7) ? 1 - 0.1 * random.unit() ** 2 : random.unit();
  const rows = await sql.run<{ id: string }>(
    `select t.${column}::text as id
    from (select min(${column}) as low, max(${column}) as high from ${table}) b,
      lateral (
        select ${column}
        from ${table}
        where ${column} >= least(low + floor((high - low + 1) * $1::float8)::bigint, high - $2 + 1)
        order by ${column}
        limit $2) t`,
    [share, count],
  );
  return rows.map(({ id }) => Number(id));
}

/** One id; null when the table is empty. */
export async function chooseId(sql: Sql, random: Random, table: string, column = 'id'): Promise<number | null> {
  return (await chooseIds(sql, random, { table, column }))[0] ?? null;
}

/** An id that the table has not given out yet. */
export async function nextId(sql: Sql, table: string): Promise<number> {
  const [row] = await sql.run<{ id: string }>("select nextval(pg_get_serial_sequence($1, 'id'))::text as id", [table]);
  return Number(row!.id);
}

/** Each row takes the id of its neighbour: no id appears or goes, every one means another row. */
export async function rotateIds(sql: Sql, random: Random, table: string): Promise<void> {
  const ids = await chooseIds(sql, random, { table, count: random.between(2, 4) });
  if (ids.length < 2) return;
  const aside = await nextId(sql, table);
  const to = [aside, ...ids.slice(0, -1)];
  for (const [index, id] of ids.entries()) {
    await sql.run(`update ${table} set id = $2 where id = $1`, [id, to[index]!]);
  }
  await sql.run(`update ${table} set id = $2 where id = $1`, [aside, ids.at(-1)!]);
}
