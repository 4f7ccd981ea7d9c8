/** Stands for what has no name, in rows and in filters. */
export const UNKNOWN = '(unknown)';
