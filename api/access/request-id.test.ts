import { expect, it } from 'vitest';
import { requestIdOf } from './request-id.ts';

it('takes over a request id that is well-formed, and makes one instead of any other', () => {
  for (const id of ['a', '7f3c-1', 'Root=1-67891233-abcdef012345678912345678']) {
    expect(requestIdOf({ headers: { 'x-request-id': id } })).toBe(id);
  }
  for (const id of [undefined, '', ' ', '-a', 'a b', 'a\r\nset-cookie: x', 'ü', 'x'.repeat(129)]) {
    const headers = id === undefined ? {} : { 'x-request-id': id };
    expect(requestIdOf({ headers })).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  }
});
