/** Every Postgres type with values of it, as literals. What a replica cannot hold among them is listed in rejected.txt. */
export interface TypeCase {
  readonly type: string;
  readonly ordinary: readonly string[];
  /** At the ends of what the type can hold. */
  readonly extreme: readonly string[];
  /** Values that are no number, no moment, empty, or that need an escape. */
  readonly special: readonly string[];
  /** It can be a primary key. */
  readonly key: boolean;
  /** First major of Postgres that takes it. */
  readonly since?: number;
  /** How the texts of both sides are brought into one form; default: they are equal as they are. */
  readonly form?: 'number' | 'decimal' | 'timestamp' | 'boolean' | 'money';
}

export const PREPARATION = `
  create extension hstore;
  create extension citext;
  create extension ltree;
  create type mood as enum ('ok', 'it''s "so", {so}\\so', 'käse', '');
  create type place as (name text, "at" point, tags text[]);
  create type span as range (subtype = float8);
  create domain amount as numeric(10, 2);
  create domain positive_amount as amount check (value > 0 or value = 'NaN');
  create domain email as citext check (value like '%@%');
  create domain int_list as integer[];
  create domain amount_list as amount[];`;

/** What text of any kind may hold; NUL alone is forbidden by Postgres. */
const TRICKY = [
  'tab\there',
  'line\nend',
  'return\rhere',
  'back\\slash',
  '\\N',
  '\\U',
  '\\.',
  'NULL',
  `it's "quoted", {braced} [bracketed]; (parenthesised)`,
  '日本 😀 ünï',
  '\u0001\b\f\u000b\u007f',
  ' spaces ',
];

const text = (type: string): TypeCase => ({
  type,
  ordinary: ['delivered'],
  extreme: ['x'.repeat(5000), 'ä'.repeat(3000)],
  special: ['', ...TRICKY],
  key: true,
});

const integer = (type: string, bits: number): TypeCase => ({
  type,
  ordinary: ['42', '-7', '0'],
  extreme: [String(-(2n ** BigInt(bits - 1))), String(2n ** BigInt(bits - 1) - 1n)],
  special: [],
  key: true,
});

const digits = (count: number): string => '1234567890'.repeat(10).slice(0, count);

export const TYPE_CASES: readonly TypeCase[] = [
  { type: 'boolean', ordinary: ['t', 'f'], extreme: [], special: [], key: true, form: 'boolean' },
  integer('smallint', 16),
  integer('integer', 32),
  integer('bigint', 64),
  {
    type: 'real',
    ordinary: ['1.5', '-0.1', '0'],
    extreme: ['3.4028235e38', '-3.4028235e38', '1e-45', '1.1754942e-38', '16777217'],
    special: ['NaN', 'Infinity', '-Infinity', '-0'],
    key: true,
    form: 'number',
  },
  {
    type: 'double precision',
    ordinary: ['1.5', '-0.1', '0', '1e21'],
    extreme: [
      '1.7976931348623157e308',
      '-1.7976931348623157e308',
      '5e-324',
      '2.225073858507201e-308',
      '0.30000000000000004',
    ],
    special: ['NaN', 'Infinity', '-Infinity', '-0'],
    key: true,
    form: 'number',
  },
  {
    type: 'numeric(14,2)',
    ordinary: ['1.50', '-0.01', '0', '100'],
    extreme: ['999999999999.99', '-999999999999.99'],
    special: ['NaN'],
    key: true,
    form: 'decimal',
  },
  {
    type: 'numeric(76,38)',
    ordinary: ['0.1'],
    extreme: [`${'9'.repeat(38)}.${'9'.repeat(38)}`, `-${digits(38)}.${digits(38)}`, `0.${'0'.repeat(37)}1`],
    special: ['NaN'],
    key: true,
    form: 'decimal',
  },
  {
    type: 'numeric(76,0)',
    ordinary: ['7'],
    extreme: ['9'.repeat(76), `-${'9'.repeat(76)}`],
    special: ['NaN'],
    key: true,
    form: 'decimal',
  },
  { type: 'numeric(77,2)', ordinary: ['1.50'], extreme: [`${'9'.repeat(75)}.99`], special: ['NaN'], key: true },
  {
    type: 'numeric(3,5)',
    since: 15,
    ordinary: ['0.00999', '0.00001'],
    extreme: ['-0.00999'],
    special: ['NaN'],
    key: true,
    form: 'decimal',
  },
  {
    type: 'numeric(5,-2)',
    since: 15,
    ordinary: ['1200'],
    extreme: ['9999900', '-9999900'],
    special: ['NaN'],
    key: true,
    form: 'decimal',
  },
  { type: 'numeric(9)', ordinary: ['12'], extreme: ['999999999'], special: ['NaN'], key: true, form: 'decimal' },
  {
    type: 'numeric',
    ordinary: ['1', '1.50', '0.00', '-12.125'],
    extreme: [digits(50), digits(90), `0.${digits(90)}`, `-${digits(90)}.${digits(60)}`, '1e-1000', '1e1000'],
    special: ['NaN', 'Infinity', '-Infinity'],
    key: true,
  },
  {
    type: 'money',
    ordinary: ['1234.56', '-0.05', '0'],
    extreme: ['92233720368547758.07', '-92233720368547758.08'],
    special: [],
    key: true,
    form: 'money',
  },
  text('text'),
  text('varchar'),
  { ...text('varchar(12)'), extreme: ['ä'.repeat(12)], special: ['', 'a\tb\\c\nd', '\\N'] },
  { ...text('char(5)'), ordinary: ['abc'], extreme: ['ääääa'], special: ['', 'a\tb', '\\N'] },
  { ...text('name'), extreme: ['x'.repeat(63)], special: ['', 'a\tb\\c', "it's"] },
  { type: '"char"', ordinary: ['a'], extreme: ['\\377', '\\001'], special: ['', '\\', "'"], key: true },
  text('citext'),
  {
    type: 'bytea',
    ordinary: ['\\xdeadbeef'],
    extreme: [`\\x${'00ff7f80'.repeat(4000)}`],
    special: [
      '\\x',
      '\\x00',
      '\\x5c4e09',
      `\\x${Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0')).join('')}`,
    ],
    key: false,
  },
  { type: 'bit(5)', ordinary: ['10101'], extreme: ['00000', '11111'], special: [], key: true },
  { type: 'bit varying', ordinary: ['101'], extreme: ['10'.repeat(2000)], special: [''], key: true },
  {
    type: 'uuid',
    ordinary: ['f47ac10b-58cc-4372-a567-0e02b2c3d479'],
    extreme: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    special: [],
    key: true,
  },
  {
    type: 'date',
    ordinary: ['2024-02-29', '1969-12-31'],
    extreme: ['1900-01-01', '2299-12-31', '1899-12-31', '2300-01-01', '4714-11-24 BC', '5874897-12-31'],
    special: ['infinity', '-infinity', '0044-03-15 BC', '0001-01-01'],
    key: true,
  },
  {
    type: 'timestamp',
    ordinary: ['2024-02-29 01:02:03', '2024-02-29 01:02:03.4', '1969-12-31 23:59:59.5'],
    extreme: [
      '1900-01-01 00:00:00',
      '1900-01-01 00:00:00.000001',
      '2299-12-31 23:59:59.999999',
      '1899-12-31 23:59:59.999999',
      '2300-01-01 00:00:00',
      '294276-12-31 23:59:59.999999',
    ],
    special: ['infinity', '-infinity', '0044-03-15 12:00:00 BC', '2016-12-31 23:59:60'],
    key: true,
    form: 'timestamp',
  },
  {
    type: 'timestamptz',
    ordinary: ['2024-02-29 01:02:03+00', '2024-06-01 12:00:00.123456+05:45', '2024-06-01 12:00:00-12:34:56'],
    extreme: [
      '1900-01-01 00:00:00+00',
      '2299-12-31 23:59:59.999999+00',
      '2300-01-01 00:00:00+00',
      '1899-12-31 23:59:59+00',
    ],
    special: ['infinity', '-infinity', '0044-03-15 12:00:00+00 BC'],
    key: true,
    form: 'timestamp',
  },
  {
    type: 'timestamptz(0)',
    ordinary: ['2024-02-29 01:02:03+00'],
    extreme: ['2024-12-31 23:59:59.9+00'],
    special: ['infinity'],
    key: true,
    form: 'timestamp',
  },
  {
    type: 'time',
    ordinary: ['01:02:03', '12:00'],
    extreme: ['00:00:00', '23:59:59.999999', '24:00:00'],
    special: [],
    key: true,
  },
  {
    type: 'timetz',
    ordinary: ['01:02:03+00', '12:00:00.5+05:45'],
    extreme: ['00:00:00+15:59:59', '24:00:00-15:59:59'],
    special: [],
    key: true,
  },
  {
    type: 'interval',
    ordinary: ['1 day', '01:30:00'],
    extreme: ['178000000 years', '-178000000 years', '00:00:00.000001'],
    special: ['0', '1 year -2 mons +3 days -04:05:06.789', '-1 mons +1 day'],
    key: true,
  },
  { type: 'interval', since: 17, ordinary: [], extreme: [], special: ['infinity', '-infinity'], key: true },
  {
    type: 'inet',
    ordinary: ['192.168.1.5', '192.168.1.5/24'],
    extreme: ['0.0.0.0/0', 'ffff::/128'],
    special: ['::1', '::ffff:1.2.3.4'],
    key: true,
  },
  { type: 'cidr', ordinary: ['192.168.1.0/24'], extreme: ['0.0.0.0/0', '::/0'], special: ['2001:db8::/32'], key: true },
  { type: 'macaddr', ordinary: ['08:00:2b:01:02:03'], extreme: ['ff:ff:ff:ff:ff:ff'], special: [], key: true },
  {
    type: 'macaddr8',
    ordinary: ['08:00:2b:01:02:03:04:05'],
    extreme: ['00:00:00:00:00:00:00:00'],
    special: [],
    key: true,
  },
  {
    type: 'int4range',
    ordinary: ['[1,5)', '[1,5]'],
    extreme: ['(,)', '[-2147483648,2147483647)'],
    special: ['empty', '(,5)'],
    key: true,
  },
  { type: 'int8range', ordinary: ['[1,5)'], extreme: ['[-9223372036854775808,)'], special: ['empty'], key: true },
  {
    type: 'numrange',
    ordinary: ['[1.50,5)'],
    extreme: [`(${digits(90)},)`],
    special: ['empty', '[-Infinity,Infinity]'],
    key: true,
  },
  {
    type: 'daterange',
    ordinary: ['[2024-01-01,2024-02-01)'],
    extreme: ['[-infinity,infinity]'],
    special: ['empty', '(0044-03-15 BC,)'],
    key: true,
  },
  {
    type: 'tsrange',
    ordinary: ['[2024-01-01 00:00,2024-02-01 00:00)'],
    extreme: ['(,infinity)'],
    special: ['empty'],
    key: true,
  },
  {
    type: 'tstzrange',
    ordinary: ['[2024-01-01 00:00+02,2024-02-01 00:00+00)'],
    extreme: ['(,infinity)'],
    special: ['empty'],
    key: true,
  },
  { type: 'span', ordinary: ['[1.5,2.5)'], extreme: ['[-Infinity,NaN]'], special: ['empty'], key: true },
  { type: 'int4multirange', ordinary: ['{[1,3),[5,7)}'], extreme: ['{(,)}'], special: ['{}'], key: true },
  { type: 'nummultirange', ordinary: ['{[1.5,3),[5,7]}'], extreme: ['{(,)}'], special: ['{}'], key: true },
  {
    type: 'datemultirange',
    ordinary: ['{[2024-01-01,2024-02-01)}'],
    extreme: ['{[-infinity,infinity]}'],
    special: ['{}'],
    key: true,
  },
  {
    type: 'point',
    ordinary: ['(1.5,-2)'],
    extreme: ['(1e300,-1e300)'],
    special: ['(NaN,Infinity)', '(-0,0)'],
    key: false,
  },
  { type: 'line', ordinary: ['{1,-1,0}'], extreme: ['{0,1e300,5}'], special: [], key: false },
  { type: 'lseg', ordinary: ['[(0,0),(1,1)]'], extreme: ['[(-1e300,0),(1e300,0)]'], special: [], key: false },
  {
    type: 'box',
    ordinary: ['(1,1),(0,0)'],
    extreme: ['(1e300,1e300),(-1e300,-1e300)'],
    special: ['(NaN,1),(0,0)'],
    key: false,
  },
  {
    type: 'path',
    ordinary: ['[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))'],
    extreme: ['[(1e300,0)]'],
    special: [],
    key: false,
  },
  { type: 'polygon', ordinary: ['((0,0),(1,1),(2,0))'], extreme: ['((1e300,0))'], special: [], key: false },
  {
    type: 'circle',
    ordinary: ['<(0,0),5>'],
    extreme: ['<(1e300,0),1e300>'],
    special: ['<(0,0),Infinity>'],
    key: false,
  },
  {
    type: 'tsvector',
    ordinary: ["'fat':2 'rat':3A"],
    extreme: [`'${'w'.repeat(2000)}':16383`],
    special: ['', `'it''s':1 'back\\\\slash':2`],
    key: true,
  },
  {
    type: 'tsquery',
    ordinary: ["'fat' & ( 'rat' | !'cat' )"],
    extreme: ["'super':*"],
    special: ['', `'it''s'`],
    key: true,
  },
  {
    type: 'json',
    ordinary: ['{"a": 1}', '[1, 2]'],
    extreme: [
      '{"n": 12345678901234567890123456789012345678901234567890, "f": 1e400, "i": 9223372036854775808}',
      '['.repeat(200) + ']'.repeat(200),
      `{"long": "${'x'.repeat(5000)}"}`,
    ],
    special: ['null', '"text"', '{ "b" : 1,\n\t"a" : 2, "a" : 3 }', '"\\u0000 \\u00e4 \\" \\\\ \\n"', '{}', '""'],
    key: false,
  },
  {
    type: 'jsonb',
    ordinary: ['{"a": 1}', '[1, 2.50]'],
    extreme: [
      '{"n": 12345678901234567890123456789012345678901234567890, "f": 1e400}',
      '['.repeat(200) + ']'.repeat(200),
    ],
    special: ['null', '"text"', '{"b": 1, "a": null, "a.b": {"": []}}', '"\\u00e4 \\" \\\\ \\n \\t"', '{}', '-0'],
    key: true,
  },
  { type: 'jsonpath', ordinary: ['$."a"[*]'], extreme: ['strict $.**{2 to 5}."x"'], special: ['$'], key: false },
  {
    type: 'xml',
    ordinary: ['<a b="c">d</a>'],
    extreme: [`<a>${'x'.repeat(3000)}</a>`],
    special: ['', '<a>&lt;\n\t</a>'],
    key: false,
  },
  {
    type: 'hstore',
    ordinary: ['a=>1, b=>2'],
    extreme: [`k=>"${'x'.repeat(3000)}"`],
    special: ['', 'a=>NULL', '"a \\"q\\" \\\\ b"=>"c,d=>e"'],
    key: true,
  },
  { type: 'ltree', ordinary: ['top.science.astronomy'], extreme: ['a'.repeat(255)], special: [''], key: true },
  { type: 'mood', ordinary: ['ok'], extreme: ['käse'], special: ['it\'s "so", {so}\\so', ''], key: true },
  {
    type: 'place',
    ordinary: ['("Rome","(41.9,12.5)","{a,b}")'],
    extreme: ['(,,)'],
    special: ['("a ""quoted"" \\\\ name, {x}",,"{NULL,""NULL"",""a b""}")'],
    key: false,
  },
  { type: 'amount', ordinary: ['1.50'], extreme: ['99999999.99'], special: ['NaN'], key: true, form: 'decimal' },
  {
    type: 'positive_amount',
    ordinary: ['1.50'],
    extreme: ['99999999.99'],
    special: ['NaN'],
    key: true,
    form: 'decimal',
  },
  {
    type: 'email',
    ordinary: ['Ada@example.com'],
    extreme: [`${'x'.repeat(1000)}@x`],
    special: ["o'neil@x", '@'],
    key: true,
  },
  { type: 'oid', ordinary: ['16384'], extreme: ['0', '4294967295'], special: [], key: true },
  { type: 'xid', ordinary: ['700'], extreme: ['0', '4294967295'], special: [], key: false },
  { type: 'cid', ordinary: ['7'], extreme: ['4294967295'], special: [], key: false },
  { type: 'xid8', ordinary: ['700'], extreme: ['0', '18446744073709551615'], special: [], key: true },
  { type: 'tid', ordinary: ['(1,2)'], extreme: ['(4294967295,65535)'], special: [], key: true },
  { type: 'pg_lsn', ordinary: ['16/B374D848'], extreme: ['0/0', 'FFFFFFFF/FFFFFFFF'], special: [], key: true },
  { type: 'pg_snapshot', ordinary: ['10:20:10,14,15'], extreme: ['10:10:'], special: [], key: false },
  { type: 'regclass', ordinary: ['pg_class'], extreme: ['4294967295'], special: ['-'], key: true },
  { type: 'regtype', ordinary: ['integer'], extreme: [], special: ['mood'], key: true },
  { type: 'int2vector', ordinary: ['1 2 3'], extreme: ['-32768 32767'], special: [''], key: false },
  { type: 'oidvector', ordinary: ['1 2 3'], extreme: ['4294967295'], special: [''], key: true },
  {
    type: 'integer[]',
    ordinary: ['{1,2,3}'],
    extreme: ['{}', `{${Array.from({ length: 5000 }, (_, i) => i).join(',')}}`],
    special: ['{NULL}', '{NULL,1,NULL}', '{{1,2},{3,4}}', '[0:1]={1,2}', '[-5:-4]={1,NULL}', '[2:3][1:1]={{1},{2}}'],
    key: true,
  },
  {
    type: 'text[]',
    ordinary: ['{a,b}'],
    extreme: ['{}'],
    special: ['{"{1,2}","[0:1]={1}"}', '{{a,b},{c,NULL}}', '{"",NULL,"NULL"}'],
    key: true,
  },
  { type: 'int_list', ordinary: ['{1,2}'], extreme: ['{}'], special: ['{NULL}', '{{1}}', '[0:0]={1}'], key: true },
  {
    type: 'amount_list',
    ordinary: ['{1.50,2}'],
    extreme: ['{}'],
    special: ['{NULL,NaN}', '{NaN}'],
    key: true,
    form: 'decimal',
  },
  {
    type: 'numeric(10,2)[]',
    ordinary: ['{1.50,2}'],
    extreme: ['{-99999999.99}'],
    special: ['{NaN,1}'],
    key: true,
    form: 'decimal',
  },
];
