import type { Random } from '../../demo/random.ts';
import { RANDOM_DDL_SETUP } from '../lifecycle/random-ddl.ts';

/** Everything that a seed's tables are filled with before capture starts. */
export function setupSql(random: Random): string {
  const viaRoot = random.between(0, 1) === 1;
  const rows = random.between(100, 700);
  return `
    create table by_key (id int primary key, n int, note text, big text, doc jsonb, tags text[], amount numeric(12, 3), at timestamptz)
      with (fillfactor = 70);
    create table by_full (b text, a int, n int, note text, big text, primary key (b, a)); alter table by_full replica identity full;
    create table by_index (id int primary key, code text not null, n int, note text, big text, doc jsonb);
    create unique index by_index_code on by_index (code); alter table by_index replica identity using index by_index_code;
    create table by_time (at timestamptz, flag boolean, amount numeric(10, 2), n int, note text, big text, primary key (flag, at, amount));
    create table by_nothing (id int primary key, note text); alter table by_nothing replica identity nothing;
    create table parts (id int, day date, n int, note text, big text, primary key (id, day)) partition by range (day);
    create table parts_1 partition of parts for values from ('2024-01-01') to ('2024-03-01');
    create table parts_2 (big text, note text, day date not null, n int, id int not null);
    alter table parts attach partition parts_2 for values from ('2024-03-01') to ('2024-05-01');
    create table parts_3 partition of parts default;
    create table parent (id int primary key, n int, note text);
    create table child (extra text, primary key (id)) inherits (parent);
    ${['by_key', 'by_full', 'by_index', 'by_time', 'parts_1', 'parts_2', 'parts_3'].map((table) => `alter table ${table} alter big set storage external;`).join(' ')}
    alter table by_key alter doc set storage external, alter tags set storage external;
    insert into by_key select i, 0, ${note('i')}, ${large('i')}, jsonb_build_object('i', i, 'list', repeat('x', i * 7)),
      array['a' || i, null, repeat('t', i * 5)], i * 1.001, '2024-01-01'::timestamptz + i * interval '1 hour' from generate_series(1, ${rows}) i;
    insert into by_full select 'b' || i % 5, i, 0, ${note('i')}, ${large('i')} from generate_series(1, ${rows}) i;
    insert into by_index select i, 'code' || i, 0, ${note('i')}, ${large('i')}, jsonb_build_object('i', i) from generate_series(1, ${rows}) i;
    insert into by_time select '2024-01-01'::timestamptz + i * interval '1 minute', i % 2 = 0, i * 1.10, 0, ${note('i')}, ${large('i')}
      from generate_series(1, ${rows}) i;
    insert into by_nothing select i, ${note('i')} from generate_series(1, ${rows}) i;
    insert into parts select i, '2024-01-01'::date + i % 200, 0, ${note('i')}, ${large('i')} from generate_series(1, ${rows}) i;
    insert into parent select i, 0, ${note('i')} from generate_series(1, 50) i;
    insert into child select i + 100, 0, ${note('i')}, 'extra' from generate_series(1, 50) i;
    ${RANDOM_DDL_SETUP}
    create publication ${'{source}'}_publication for all tables with (publish_via_partition_root = ${viaRoot})`;
}

/** A short text with what separators and escapes are made of. */
const note = (n: string): string => `'note ' || ${n} || E'\\t\\\\N \\\\\\n''"'`;
/** Sometimes stored out of line, sometimes not. */
const large = (n: string): string => `repeat(chr(65 + ${n} % 26), (${n} * 131) % 5000)`;

/** Tables that are changed in every way, with how a row's key is picked and moved. */
interface Changing {
  readonly table: string;
  /** Condition for rows near a number. */
  readonly near: (n: number, span: number) => string;
  /** Sets another key; may collide. */
  readonly move: (n: number) => string;
  readonly insert: (n: number, count: number) => string;
  readonly hasBig: boolean;
}

const CHANGING: readonly Changing[] = [
  {
    table: 'by_key',
    near: (n, span) => `id between ${n} and ${n + span}`,
    move: (n) => `id = id + ${n}`,
    insert: (n, count) =>
      `(id, n, note, big, doc, tags, amount, at) select i, 1, ${note('i')}, ${large('i')}, null, array['new'], 1.5, now() from generate_series(${n}, ${n + count}) i`,
    hasBig: true,
  },
  {
    table: 'by_full',
    near: (n, span) => `a between ${n} and ${n + span}`,
    move: (n) => `b = 'c' || ${n % 3}, a = a + ${n % 50}`,
    insert: (n, count) =>
      `select 'b' || i % 5, i, 1, ${note('i')}, ${large('i')} from generate_series(${n}, ${n + count}) i`,
    hasBig: true,
  },
  {
    table: 'by_index',
    near: (n, span) => `id between ${n} and ${n + span}`,
    move: (n) => `code = code || '${n % 10}', id = id + ${n % 7}`,
    insert: (n, count) =>
      `select i, 'code' || i, 1, ${note('i')}, ${large('i')}, null from generate_series(${n}, ${n + count}) i`,
    hasBig: true,
  },
  {
    table: 'by_time',
    near: (n, span) => `amount between ${n} and ${n + span * 1.1}`,
    move: (n) => `at = at + ${n} * interval '1 second', flag = not flag`,
    insert: (n, count) =>
      `select '2024-01-01'::timestamptz + i * interval '1 minute', i % 2 = 0, i * 1.10, 1, ${note('i')}, ${large('i')} from generate_series(${n}, ${n + count}) i`,
    hasBig: true,
  },
  {
    table: 'parts',
    near: (n, span) => `id between ${n} and ${n + span}`,
    move: (n) => `day = day + ${n % 90}`,
    insert: (n, count) =>
      `select i, '2024-01-01'::date + i % 200, 1, ${note('i')}, ${large('i')} from generate_series(${n}, ${n + count}) i`,
    hasBig: true,
  },
  {
    table: 'parent',
    near: (n, span) => `id between ${n % 150} and ${(n % 150) + span}`,
    move: (n) => `id = id + ${n}`,
    insert: (n) => `values (${n + 2000}, 1, 'new')`,
    hasBig: false,
  },
];

/** Tables that may be emptied; leaves of `parts` only where they are published as themselves. */
const TRUNCATED = [
  'by_key',
  'by_full, by_index',
  'by_time',
  'by_nothing',
  'parts',
  'parent',
  'only parent',
  'by_key, child',
];

function statement(random: Random, highest: number): string {
  const pick = <T>(items: readonly T[]): T => items[random.between(0, items.length - 1)] as T;
  const { table, near, move, insert, hasBig } = pick(CHANGING);
  const n = random.between(1, highest);
  const key = near(n, 0);
  switch (random.between(0, 13)) {
    case 0:
    case 1:
      return `insert into ${table} ${insert(n, random.between(0, 12))} on conflict do nothing`;
    case 2:
    case 3:
      return `update ${table} set n = n + 1 where ${near(n, random.between(0, 40))}`;
    case 4:
      return `update ${table} set note = note || ${random.between(0, 9)} where ${near(n, random.between(0, 5))}`;
    case 5:
      return hasBig
        ? `update ${table} set big = repeat('${pick(['q', 'é', '\\'])}', ${random.between(0, 6000)}) where ${near(n, 2)}`
        : `update ${table} set note = null where ${key}`;
    case 6:
      return `delete from ${table} where ${near(n, random.between(0, 6))}`;
    case 7:
      return `update ${table} set ${move(n)} where ${key}`;
    case 8:
      return `update ${table} set ${move(n)}, n = 5 where ${key}; update ${table} set n = n + 1 where ${near(n, 30)}`;
    case 9:
      return `delete from ${table} where ${key}; insert into ${table} ${insert(n, 0)} on conflict do nothing; update ${table} set n = 9 where ${key}`;
    case 10: {
      // Three rows give their keys to one another.
      const [a, b, c] = [n, n + 1, n + 2];
      return `update by_key set id = -1 where id = ${a}; update by_key set id = ${a} where id = ${b};
        update by_key set id = ${b} where id = ${c}; update by_key set id = ${c} where id = -1`;
    }
    case 11:
      return `insert into by_nothing select i, ${note('i')} from generate_series(${n}, ${n + 5}) i on conflict do nothing`;
    case 12:
      return `savepoint s; ${`delete from ${table} where ${near(n, 100)}`}; update by_key set n = -1; rollback to savepoint s; release savepoint s`;
    default:
      return random.between(0, 11) === 0
        ? `truncate ${pick(TRUNCATED)}`
        : `savepoint s; update ${table} set n = 77 where ${near(n, 3)}; release savepoint s`;
  }
}

/** Whatever the seed, some large values are left out and a table is emptied while streaming. */
export const LAST_TRANSACTION: readonly string[] = [
  'begin',
  'update by_key set n = n + 1 where id % 10 = 0',
  'update by_index set n = n + 1 where id % 10 = 0',
  'truncate by_nothing',
  `insert into by_nothing values (1, 'last')`,
  'commit',
];

/**
 * One transaction, as statements to be sent one after the other. `name` is unique among prepared ones, `spread` the highest
 * key that it is about.
 */
export function transactionSql(random: Random, { name, spread }: { name: string; spread: number }): string[] {
  switch (random.between(0, 39)) {
    case 0:
      return [
        'begin',
        `insert into by_key (id, n, note) select i, 3, 'large' from generate_series(3000, 4500) i on conflict do nothing`,
        'rollback',
      ];
    case 1: {
      const from = 10_000 + random.between(0, 9) * 2000;
      return [
        'begin',
        `insert into by_key (id, n, note) select i, 3, 'large' from generate_series(${from}, ${from + 900}) i on conflict do nothing`,
        `delete from by_key where id between ${from} and ${from + 850}`,
        'commit',
      ];
    }
    case 2:
      return [`select pg_logical_emit_message(${random.between(0, 1) === 1}, 'workload', 'a message')`];
    case 3:
    case 4:
      return [
        'begin',
        statement(random, spread),
        `prepare transaction '${name}'`,
        `${random.between(0, 3) === 0 ? 'rollback' : 'commit'} prepared '${name}'`,
      ];
    default: {
      const statements = Array.from({ length: random.between(1, 5) }, () => statement(random, spread));
      return ['begin', ...statements, random.between(0, 7) === 0 ? 'rollback' : 'commit'];
    }
  }
}
