import { expect, test } from 'vitest';
import { contractFaults } from './contract-faults.ts';

const wanted = (name: string, canonicalType: string | null, notNull = false) => ({
  name,
  type: canonicalType ?? 'Intt64',
  canonicalType,
  notNull,
});

test('a contract that is kept has no faults, in whatever order', () => {
  const real = [
    { name: 'b', type: 'Nullable(String)' },
    { name: 'a', type: 'Int64' },
  ];
  expect(contractFaults([wanted('a', 'Int64', true), wanted('b', 'Nullable(String)')], real)).toEqual([]);
});

test('every departure is named with what is wanted and what there is', () => {
  const real = [
    { name: 'type', type: 'Int32' },
    { name: 'null', type: 'LowCardinality(Nullable(String))' },
    { name: 'more', type: 'String' },
    { name: 'odd', type: 'Int64' },
  ];
  expect(
    contractFaults(
      [
        wanted('type', 'Int64'),
        wanted('null', 'LowCardinality(Nullable(String))', true),
        wanted('gone', 'Date32'),
        wanted('odd', null),
      ],
      real,
    ),
  ).toEqual([
    'column type is wanted as Int64, and the model gives Int32',
    'column null is wanted without NULLs, and is LowCardinality(Nullable(String))',
    'column gone (Date32) is wanted, and the model does not give it',
    'column odd is wanted as Intt64, which is no type of the warehouse',
    'the model gives column more (String), which its contract has not',
  ]);
});
