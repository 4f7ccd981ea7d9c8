import { expect, test } from 'vitest';
import { createAllowedMethods } from './allowed-methods.ts';

test('names the methods of an address, with parameters in it too', () => {
  const allowed = createAllowedMethods();
  allowed.add('GET', '/v1/cubes/:cube');
  allowed.add('HEAD', '/v1/cubes/:cube');
  allowed.add('POST', '/v1/cubes/:cube/query');
  allowed.add(['GET', 'HEAD'], '/docs/static/*');
  allowed.add('GET', '/');
  allowed.add('GET', '/openapi.json');
  allowed.add('OPTIONS', '*');
  expect(allowed.of('/v1/cubes/a%2Fb')).toEqual(['GET', 'HEAD']);
  expect(allowed.of('/v1/cubes/a/query/')).toEqual(['POST']);
  expect(allowed.of('/v1/cubes/a/b')).toEqual([]);
  expect(allowed.of('/v1/cubes/')).toEqual([]);
  expect(allowed.of('/docs/static/a/b.js')).toEqual(['GET', 'HEAD']);
  expect(allowed.of('/')).toEqual(['GET']);
  expect(allowed.of('/openapixjson')).toEqual([]);
});
