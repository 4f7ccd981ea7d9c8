import { Agent, type AgentOptions } from 'node:http';
import { Agent as TlsAgent } from 'node:https';

/** Silence on a connection that somebody uses is the business of whoever asked. */
const LONGEST_MS = 3_600_000;

/**
 * Connections to a server, kept for as long as it says that it keeps them (its Keep-Alive header, less a second). Node looks at that
 * header only where a `timeout` is given, and after it closes only what nobody uses.
 */
export function keptConnections(url: string, options: AgentOptions = {}): Agent {
  const all = { keepAlive: true, timeout: LONGEST_MS, ...options };
  return url.startsWith('https:') ? new TlsAgent(all) : new Agent(all);
}
