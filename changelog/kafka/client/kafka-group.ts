/**
 * One member's side of a consumer group, as far as the brokers have a part in it: who belongs to it, in which generation,
 * and whose offsets count. What the members do is theirs to say (`assign`).
 */
export interface KafkaGroup {
  /**
   * Joins, or joins again, and resolves when every member of the new generation has its part; this takes until all members
   * have joined again, or up to `REBALANCE_MS`. One member of each generation is asked to share out. `lost`: the brokers
   * had given up a member that has something, so that it may be another's. Throws KAFKA_UNREACHABLE (worth trying again), KAFKA_NOT_AUTHORIZED, KAFKA_AUTHENTICATION_FAILED.
   */
  join(options: {
    /** What this member has now. */
    owned: readonly string[];
    assign: (members: readonly GroupMemberFacts[]) => ReadonlyMap<string, GroupShare>;
  }): Promise<JoinedGroup | 'lost'>;
  /** To be called about once a second. `rejoin`: others came or left. `lost`: this member's part may be another's. */
  heartbeat(): Promise<'ok' | 'rejoin' | 'lost'>;
  /** Writes down what is loaded, by topic the next offset of each partition. False when the generation is over. */
  commit(offsets: ReadonlyMap<string, readonly bigint[]>): Promise<boolean>;
  /** The others share out this member's part at once. */
  leave(): Promise<void>;
  /** Lets go of the connections. */
  close(): Promise<void>;
}

export interface GroupMemberFacts {
  readonly id: string;
  readonly owned: readonly string[];
}

/** What one member is given. */
export interface GroupShare {
  readonly units: readonly string[];
  /** Partitions of the topics among them: for whoever looks at the group with Kafka's own tools. */
  readonly partitions: Readonly<Record<string, number>>;
}

export interface JoinedGroup {
  readonly memberId: string;
  /** Goes up with each change of members. */
  readonly generation: number;
  /** This member has shared out. */
  readonly isLeader: boolean;
  readonly units: readonly string[];
}

/** Without a sign of life for so long a member counts as dead; the brokers take no less by default. */
export const SESSION_MS = 6_000;
/** How long the others wait for a member that lives and does not join again. */
export const REBALANCE_MS = 10_000;
