/** Databases of the warehouse: what is in which is said in the folder's README. */
export const WAREHOUSE_DATABASES = [
  'raw',
  'journal',
  'staging',
  'store',
  'marts',
  'bi',
  'read_models',
  'millrace',
] as const;
