// Exit code 0 when the address answers with 200: `node healthy.ts <url>`, for images without another client.
const TIMEOUT_MS = 4_000;

const answer = await fetch(process.argv[2] ?? '', { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null);
process.exit(answer?.ok === true ? 0 : 1);
