/**
 * Settings of every table that we make, at the end of its engine clause; on an external server nobody else sets them.
 *
 * What an insert answered has to be on disk, since a replication slot moves on that answer:
 * https://clickhouse.com/docs/operations/settings/merge-tree-settings#fsync_after_insert
 *
 * Small inserts come several times a second. With the default of 5 a table of some megabytes is written anew every few
 * seconds to take them in: 400,000 rows merged a second for 800 inserted; with 16 it is 15,000.
 * https://clickhouse.com/docs/operations/settings/merge-tree-settings#merge_selector_base
 */
export const TABLE_SETTINGS = 'settings fsync_after_insert = 1, fsync_part_directory = 1, merge_selector_base = 16';
