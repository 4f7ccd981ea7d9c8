import { expect, it } from 'vitest';
import { askedOf, bodyOf, curlOf, dimensionsText, filterTexts } from './explorer-question.js';

it('reads the question that it wrote into the address', () => {
  const filters = [
    { name: 'channel', operator: 'equals', values: ['web|shop', 'a~b', '50% off', 'é'] },
    { name: 'region', operator: 'is_null', values: [] },
  ];
  const dimensions = [
    { name: 'month', grain: 'quarter' },
    { name: 'channel', grain: null },
  ];
  const query = new URLSearchParams({
    measures: 'a,b',
    dimensions: dimensionsText(dimensions),
    order: 'a~desc',
    from: '2026-01-01',
  });
  for (const text of filterTexts(filters)) query.append('where', text);
  const asked = askedOf(new URLSearchParams(query.toString()));
  expect(asked).toMatchObject({ measures: ['a', 'b'], dimensions, filters });
  expect(bodyOf(asked)).toEqual({
    measures: ['a', 'b'],
    dimensions: [{ name: 'month', grain: 'quarter' }, 'channel'],
    filters: [filters[0], { name: 'region', operator: 'is_null' }],
    time_range: { from: '2026-01-01' },
    order: [{ name: 'a', direction: 'desc' }],
    limit: 500,
  });
});

it('asks nothing while nothing is picked, and leaves out a filter without values', () => {
  expect(bodyOf(askedOf(new URLSearchParams()))).toBeNull();
  expect(bodyOf(askedOf(new URLSearchParams('measures=a&where=channel~equals~')))).not.toHaveProperty('filters');
});

it('quotes for a shell', () => {
  expect(curlOf('http://h/x', { values: ["it's"] }, false)).toContain(`["it'\\''s"]`);
});
