/** Where a demo is kept when nothing is said: a company goes on in the change log that it began with. */
export function demoFolder(kafka: boolean): string {
  return kafka ? '.millrace/demo-kafka' : '.millrace/demo';
}
