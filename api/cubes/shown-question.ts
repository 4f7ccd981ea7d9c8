import type { CubeQuestion } from './question.ts';

/** As understood, with defaults filled. */
export function shownQuestion({ measures, dimensions, filters, timeRange, order, limit }: CubeQuestion): object {
  return {
    measures: measures.map(({ name }) => name),
    dimensions: dimensions.map(({ dimension, grain }) => ({ name: dimension.name, grain })),
    filters: filters.map(({ dimension, measure, operator, values }) => ({
      name: (dimension ?? measure).name,
      operator,
      values,
    })),
    time_range: timeRange === null ? null : { name: timeRange.dimension.name, from: timeRange.from, to: timeRange.to },
    order,
    limit,
  };
}
