/** A name for what clients generate: `GET /v1/reports/sales-trends` is `getReportsSalesTrends`. */
export function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1');
  const name = (words.length === 0 ? ['page'] : words).map((word) => word[0]?.toUpperCase() + word.slice(1));
  return method.toLowerCase() + name.join('');
}
