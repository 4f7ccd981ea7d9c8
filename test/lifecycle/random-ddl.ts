import type pg from 'pg';
import type { Random } from '../../demo/random.ts';

interface ColumnNow {
  readonly name: string;
  readonly type: string;
}

const TABLES = ['a', 'b', 'c'] as const;
const TYPES = ['int', 'bigint', 'text', 'varchar(20)', 'numeric(10,2)', 'boolean', 'timestamptz', 'date'] as const;

export const RANDOM_DDL_SETUP = `
  create table a (id int primary key, n int, v varchar(20), big text);
  create table b (id int primary key, amount numeric(10, 2), at timestamptz);
  create table c (id int primary key, x text);
  alter table a alter big set storage external;
  insert into a select n, n, 'v' || n, repeat('x', 3000) from generate_series(1, 60) n;
  insert into b select n, n, now() from generate_series(1, 60) n;
  insert into c select n, 'c' from generate_series(1, 60) n;`;

/** A literal of a type, as `format_type` prints that. */
function literalOf(type: string, random: Random): string {
  if (random.between(0, 9) === 0) return 'null';
  if (type.startsWith('numeric')) return `${random.between(0, 99999)}.${random.between(10, 99)}`;
  if (type.startsWith('timestamp')) return `timestamptz '2024-01-0${random.between(1, 9)} 10:00:00+00'`;
  switch (type) {
    case 'integer':
    case 'bigint':
      return String(random.between(0, 100_000));
    case 'boolean':
      return random.between(0, 1) === 0 ? 'true' : 'false';
    case 'date':
      return `date '2024-02-0${random.between(1, 9)}'`;
    default:
      return random.between(0, 5) === 0
        ? `repeat('${random.between(0, 9)}', 3000)::varchar(20)`
        : `'w${random.between(0, 999)}'`;
  }
}

async function columnsOf(client: pg.Client, table: string): Promise<ColumnNow[]> {
  const { rows } = await client.query<ColumnNow>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attname <> 'id' order by attnum`,
    [`public.${table}`],
  );
  return rows;
}

/** One change of rows, in the shape that the table has as far as is known. */
async function dml(client: pg.Client, random: Random): Promise<string> {
  const table = random.pick(TABLES);
  const columns = await columnsOf(client, table);
  const id = random.between(1, 90);
  const column = columns.length === 0 ? null : random.pick(columns);
  switch (random.between(0, 5)) {
    case 0: {
      const names = ['id', ...columns.map(({ name }) => `"${name}"`)].join(', ');
      const values = [id, ...columns.map(({ type }) => literalOf(type, random))].join(', ');
      return `insert into ${table} (${names}) values (${values}) on conflict do nothing`;
    }
    case 1:
      return `delete from ${table} where id = ${id}`;
    case 2:
      return `update ${table} set id = id + 1000 where id = ${id}`;
    case 3:
      return random.between(0, 30) === 0
        ? `truncate ${table}`
        : `insert into ${table} (id) values (${id}) on conflict do nothing`;
    default:
      if (column === null) return `delete from ${table} where id = ${id}`;
      return `update ${table} set "${column.name}" = ${literalOf(column.type, random)} where id between ${id} and ${id + 4}`;
  }
}

/** One change of shape, or something that looks like one. */
async function ddl(client: pg.Client, random: Random): Promise<string> {
  const table = random.pick(TABLES);
  const columns = await columnsOf(client, table);
  const column = columns.length === 0 ? null : random.pick(columns);
  const fresh = `n${random.between(1, 1_000_000)}`;
  const type = random.pick(TYPES);
  switch (random.between(0, 15)) {
    case 0:
    case 1:
      return `alter table ${table} add ${fresh} ${type}`;
    case 2:
      return `alter table ${table} add ${fresh} int default ${random.between(1, 9)}`;
    case 3:
      return `alter table ${table} add ${fresh} int default (random() * 100)::int`;
    case 4:
      return `alter table ${table} add ${fresh} text not null default 'd'`;
    case 5:
      return column === null ? '' : `alter table ${table} drop "${column.name}"`;
    case 6:
      return column === null ? '' : `alter table ${table} rename "${column.name}" to ${fresh}`;
    case 7:
      return column?.type === 'integer'
        ? `alter table ${table} alter "${column.name}" type bigint${random.between(0, 1) === 0 ? '' : ` using "${column.name}" * 2`}`
        : '';
    case 8:
      return column?.type === 'character varying' ? `alter table ${table} alter "${column.name}" type text` : '';
    case 9:
      return column?.type.startsWith('numeric')
        ? `alter table ${table} alter "${column.name}" type numeric(${random.between(11, 20)}, 2)`
        : '';
    case 10:
      return column === null ? '' : `alter table ${table} drop "${column.name}", add "${column.name}" ${type}`;
    case 11:
      return column?.type === 'integer'
        ? `alter table ${table} alter "${column.name}" type int using "${column.name}" + 1`
        : '';
    case 12:
      return random.between(0, 2) === 0
        ? `drop table ${table}; create table ${table} (id int primary key, ${fresh} ${type}, w text); insert into ${table} (id) select generate_series(1, 20)`
        : `alter table ${table} add ${fresh} int; alter table ${table} drop ${fresh}`;
    case 13:
      return `alter table ${table} replica identity ${random.pick(['full', 'default'])}`;
    case 14:
      return column === null ? '' : `alter table ${table} alter "${column.name}" set default null`;
    default:
      return `alter table ${table} alter id type ${random.pick(['int', 'bigint'])}`;
  }
}

/** Transactions of rows, of shapes, and of both mixed; what Postgres refuses is rolled back. */
export async function changeAtRandom(
  client: pg.Client,
  random: Random,
  steps: number,
  withDdl: boolean,
): Promise<void> {
  for (let step = 0; step < steps; step++) {
    try {
      if (withDdl && random.between(0, 25) === 0) await client.query(`vacuum full ${random.pick(TABLES)}`);
      await client.query('begin');
      const parts = random.between(1, 4);
      for (let part = 0; part < parts; part++) {
        const statement = withDdl && random.between(0, 3) === 0 ? await ddl(client, random) : await dml(client, random);
        if (statement !== '') await client.query(statement);
      }
      await client.query(random.between(0, 9) === 0 ? 'rollback' : 'commit');
    } catch {
      await client.query('rollback');
    }
  }
}
