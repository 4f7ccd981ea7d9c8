import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What can go wrong with topics that a Debezium wrote, as a source. */
export const DEBEZIUM_ERRORS = {
  transactionsMissing: {
    code: 'INGEST_DEBEZIUM_TRANSACTIONS_MISSING',
    cause:
      'Debezium does not say which rows belong to one transaction: no position could be told at which all tables agree.',
    remedy:
      'Set `provide.transaction.metadata=true` in the connector, with fresh topics: a new `topic.prefix`, or the old topics deleted and a new snapshot.',
    policy: 'operator',
  },
  transactionTopic: {
    code: 'INGEST_DEBEZIUM_TRANSACTION_TOPIC',
    cause: 'The transaction topic has more than one partition: the order of commits is not in it.',
    remedy:
      'Create `<topic.prefix>.transaction` with one partition (`topic.creation.<group>.partitions=1`) before the connector writes to it, and begin again with fresh topics.',
    policy: 'operator',
  },
  topicsCut: {
    code: 'INGEST_DEBEZIUM_TOPICS_CUT',
    cause: 'The beginning of the transaction topic, or what was not read of it yet, has been deleted by its retention.',
    remedy:
      'Let the topics be kept for ever (`retention.ms=-1`), and begin again with fresh topics and a new snapshot.',
    policy: 'operator',
  },
  snapshotMissing: {
    code: 'INGEST_DEBEZIUM_SNAPSHOT_MISSING',
    cause: 'No topic has a row of a snapshot: what the tables held before the first change is not known.',
    remedy:
      'Let the connector copy the tables (`snapshot.mode=initial`); or, where every table was empty when it began, say so: `debezium.snapshot: none`.',
    policy: 'operator',
  },
  diverged: {
    code: 'INGEST_DEBEZIUM_DIVERGED',
    cause: 'Rows and ends of transactions contradict each other: they are of two connectors, or some were deleted.',
    remedy:
      'Let one connector write under one `topic.prefix`; begin again with fresh topics, under another source name.',
    policy: 'operator',
  },
  stateForeign: {
    code: 'INGEST_DEBEZIUM_STATE_FOREIGN',
    cause:
      'What is remembered of the source is not of these topics: it was captured in another way, or under another prefix.',
    remedy: 'Correct `debezium.prefix`; or give the source another name, and drop the replicas of the former.',
    policy: 'operator',
  },
  topicCut: {
    code: 'INGEST_DEBEZIUM_TOPIC_CUT',
    cause: "Messages of the table's topic were deleted, by retention or compaction, before they were read.",
    remedy:
      'Keep the topic for ever (`cleanup.policy=delete`, `retention.ms=-1`); the table comes back under another source name, from topics with a new snapshot.',
    policy: 'operator',
  },
  topicMissing: {
    code: 'INGEST_DEBEZIUM_TOPIC_MISSING',
    cause: 'The table has no topic: either it has been empty ever since, or the connector does not capture it.',
    remedy:
      'None for an empty table. Else add it to `table.include.list` of the connector and let it copy the table (an incremental snapshot), or leave it out with `exclude`.',
    policy: 'retry',
  },
  rowsMissing: {
    code: 'INGEST_DEBEZIUM_ROWS_MISSING',
    cause: 'A transaction that is over has rows of the table that are not in its topic.',
    remedy: 'Look whether messages were deleted, and at the errors of the connector and its producer.',
    policy: 'operator',
  },
  messageUnreadable: {
    code: 'INGEST_DEBEZIUM_MESSAGE_UNREADABLE',
    cause: "A message of the table's topic is not what Debezium writes with the options that are configured.",
    remedy:
      'Compare `debezium.envelope` with the connector (`decimal.handling.mode`, `time.precision.mode`, `interval.handling.mode`, `binary.handling.mode`, `hstore.handling.mode`); the converter has to be JSON, without a transformation that changes messages.',
    policy: 'operator',
  },
  tableWithoutKey: {
    code: 'INGEST_DEBEZIUM_TABLE_WITHOUT_KEY',
    cause:
      'The table has no primary key and no unique index as replica identity, or its messages lack the key: rows cannot be told apart.',
    remedy: 'Add a key to the table; or leave it out with `exclude`.',
    policy: 'operator',
  },
  tableReshaped: {
    code: 'INGEST_DEBEZIUM_TABLE_RESHAPED',
    cause: 'A column was renamed, or the table altered in a way that changes rows without a message.',
    remedy:
      'Let the connector copy the table into a fresh topic, or take it in under another source name with a new snapshot.',
    policy: 'operator',
  },
  snapshotRepeated: {
    code: 'INGEST_DEBEZIUM_SNAPSHOT_REPEATED',
    cause:
      'The connector copied the table anew: what happened since the copy before, deletes too, may be in no message.',
    remedy: 'Take the source in again under another name, from topics that begin with one snapshot.',
    policy: 'operator',
  },
  tableResyncImpossible: {
    code: 'INGEST_DEBEZIUM_TABLE_RESYNC_IMPOSSIBLE',
    cause:
      'The source is topics of a Debezium: they are read transaction by transaction, so a table cannot be read again by itself.',
    remedy: 'Run `millrace sources resync <source>`: all topics are read from their beginning, beside the replicas.',
    policy: 'operator',
  },
  beginningGone: {
    code: 'INGEST_DEBEZIUM_BEGINNING_GONE',
    cause: 'A topic does not have its first messages any more: read anew it would give less than the replicas have.',
    remedy:
      'Keep the topics for ever (`retention.ms=-1`). To begin again, give the source another name, with fresh topics and a new snapshot.',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
