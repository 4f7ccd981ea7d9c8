import { describe, expect, it } from 'vitest';
import { entityTag, matchesTag } from './entity-tag.ts';

describe('entityTag', () => {
  it('differs with watermark, path and parameters only', () => {
    const tag = entityTag('/a', '1', { ids: [1n] });
    expect(entityTag('/a', '1', { ids: [1n] })).toBe(tag);
    expect(entityTag('/b', '1', { ids: [1n] })).not.toBe(tag);
    expect(entityTag('/a', '2', { ids: [1n] })).not.toBe(tag);
    expect(entityTag('/a', '1', { ids: [2n] })).not.toBe(tag);
  });
});

describe('matchesTag', () => {
  it('compares weakly, in lists, and takes the star', () => {
    expect(matchesTag(undefined, 'W/"a"')).toBe(false);
    expect(matchesTag('*', 'W/"a"')).toBe(true);
    expect(matchesTag('"x", W/"a"', 'W/"a"')).toBe(true);
    expect(matchesTag('"a"', 'W/"a"')).toBe(true);
    expect(matchesTag('"x"', 'W/"a"')).toBe(false);
    expect(matchesTag('a', 'W/"a"')).toBe(false);
  });
});
