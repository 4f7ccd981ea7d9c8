import { expect, it } from 'vitest';
import type { JwtConfig } from '../../runtime/config/access.ts';
import { callerOf } from './claims.ts';

const CONFIG: JwtConfig = {
  issuer: 'i',
  audience: 'a',
  jwks: 'https://id.example/jwks',
  algorithms: ['RS256'],
  scopesClaim: 'scope',
  scopes: null,
  filters: {},
  subjectClaim: 'sub',
  requestsPerMinute: null,
};

it('takes scopes out of a text or a list, and none that are about something else', () => {
  const expected = { id: 'u', scopes: ['reports', 'cubes/daily_*'] };
  expect(callerOf({ sub: 'u', scope: 'openid reports  cubes/daily_*' }, CONFIG)).toMatchObject(expected);
  expect(callerOf({ sub: 'u', scope: ['reports', 'cubes/daily_*', 'email'] }, CONFIG)).toMatchObject(expected);
  expect(callerOf({ sub: 'u' }, CONFIG)).toMatchObject({ scopes: [], filters: {} });
  expect(callerOf({ sub: 'u', scope: { a: 1 } }, CONFIG)).toMatchObject({ scopes: [] });
});

it('gives the scopes of words that the configuration names, and none for others', () => {
  const config = { ...CONFIG, scopesClaim: 'realm_access.roles', scopes: { analyst: ['reports', 'cubes'] } };
  const claims = { sub: 'u', realm_access: { roles: ['analyst', 'reports', 'toString'] } };
  expect(callerOf(claims, config)).toMatchObject({ scopes: ['reports', 'cubes'] });
});

it('reads row filters, whole texts as they are, and refuses a token without their claim', () => {
  const config = { ...CONFIG, filters: { region: 'https://shop.example/regions' } };
  const claim = 'https://shop.example/regions';
  expect(callerOf({ sub: 'u', [claim]: ['EU', 'North America'] }, config)).toMatchObject({
    filters: { region: ['EU', 'North America'] },
  });
  expect(callerOf({ sub: 'u', [claim]: 'North America' }, config)).toMatchObject({
    filters: { region: ['North America'] },
  });
  expect(callerOf({ sub: 'u', [claim]: [] }, config)).toMatchObject({ filters: { region: [] } });
  expect(callerOf({ sub: 'u', [claim]: '*' }, config)).toMatchObject({ filters: {} });
  expect(callerOf({ sub: 'u' }, config)).toEqual({ lacks: claim });
  expect(callerOf({ sub: 'u', [claim]: null }, config)).toEqual({ lacks: claim });
  expect(callerOf({ sub: 'u', [claim]: [{}] }, config)).toEqual({ lacks: claim });
});

it('refuses a token that names nobody', () => {
  expect(callerOf({ scope: 'reports' }, CONFIG)).toEqual({ lacks: 'sub' });
});
