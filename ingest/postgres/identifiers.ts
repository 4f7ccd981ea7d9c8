import pg from 'pg';
import type { TableName } from './tables/table-filter.ts';

export const quoteIdentifier = (name: string): string => pg.escapeIdentifier(name);
export const quoteLiteral = (text: string): string => pg.escapeLiteral(text);
export const quoteTable = ({ schema, table }: TableName): string =>
  `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;

export const slotName = (service: string): string => `millrace_${service}`;
export const publicationName = (service: string): string => `${service}_publication`;
