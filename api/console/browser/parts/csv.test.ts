import { expect, it } from 'vitest';
import { Exact } from '../exact/exact.js';
import { csvOf } from './csv.js';

it('writes the digits of the answer, quotes what needs it and disarms formulas', () => {
  const rows = [
    { name: 'a "b", c', amount: new Exact('-1234567.50'), none: null },
    { name: '=1+1', amount: new Exact('0.00') },
  ];
  expect(csvOf(['name', 'amount', 'none'], rows)).toBe(
    `name,amount,none\r\n"a ""b"", c",-1234567.50,\r\n'=1+1,0.00,\r\n`,
  );
});
